import { lazy, type ReactElement, Suspense, useState } from 'react';
import { Button } from 'react-aria-components';

export type EmojiPickerProps = {
  label: string;
  icon: ReactElement;
  className?: string | undefined;
  /** False keeps the button out of the tab order: its row is the stop. */
  tab?: boolean;
  onChoose: (emoji: string) => void;
  onOpenChange?: (open: boolean) => void;
};

// The grid and what positions it come after the first view.
const EmojiPopover = lazy(() => import('./EmojiPopover'));

/** A button that opens a grid of emoji. */
export function EmojiPicker(props: EmojiPickerProps) {
  // Pressed before the chunk has come: it opens as soon as it is there.
  const [pressed, setPressed] = useState(false);
  return (
    <Suspense fallback={<EmojiButton {...props} onPress={() => setPressed(true)} />}>
      <EmojiPopover {...props} defaultOpen={pressed} />
    </Suspense>
  );
}

type ButtonProps = Pick<EmojiPickerProps, 'label' | 'icon' | 'className' | 'tab'> & { onPress?: () => void };

export function EmojiButton({ label, icon, className, tab = true, onPress }: ButtonProps) {
  return (
    <Button className={className ?? ''} aria-label={label} excludeFromTabOrder={!tab} {...(onPress ? { onPress } : {})}>
      {icon}
    </Button>
  );
}

import type { LucideIcon } from 'lucide-react';
import { cloneElement, lazy, type ReactElement, Suspense, useState } from 'react';

export type MenuEntry = {
  id: string;
  name: string;
  icon?: LucideIcon;
  keys?: string;
  danger?: boolean;
  checked?: boolean;
};
export type MenuGroup = { label: string; title?: string; items: MenuEntry[] };
export type MenuProps = {
  label: string;
  groups: MenuGroup[];
  trigger: ReactElement<{ onPress?: () => void }>;
  onAction: (id: string) => void;
  onOpenChange?: (open: boolean) => void;
  placement?: 'bottom start' | 'bottom end' | 'right bottom';
};

// Menus, with all that positions and moves them, are a chunk of their own: the first view does not wait for them.
const MenuWithTrigger = lazy(() => import('./MenuTrigger'));

/** A trigger and its menu. Groups are separated by a line; dangerous actions go last. */
export function Menu(props: MenuProps) {
  // Pressed before the chunk has come: it opens as soon as it is there.
  const [pressed, setPressed] = useState(false);
  return (
    <Suspense fallback={cloneElement(props.trigger, { onPress: () => setPressed(true) })}>
      <MenuWithTrigger {...props} defaultOpen={pressed} />
    </Suspense>
  );
}

import { useLingui } from '@lingui/react/macro';
import { SmilePlus } from 'lucide-react';
import { lazy, Suspense } from 'react';
import { Button } from 'react-aria-components';
import type { MessageView } from '../../api/types';

export type AddReactionProps = {
  message: MessageView;
  className?: string;
  tab: boolean;
  onOpenChange?: (open: boolean) => void;
};

const AddReactionPopover = lazy(() => import('./AddReactionPopover'));

/** Opens the emoji grid. The grid and what positions it come after the first view. */
export function AddReaction(props: AddReactionProps) {
  return (
    <Suspense fallback={<AddReactionButton {...props} />}>
      <AddReactionPopover {...props} />
    </Suspense>
  );
}

export function AddReactionButton({ className, tab }: AddReactionProps) {
  const { t } = useLingui();
  return (
    <Button className={className ?? ''} aria-label={t`Add reaction`} excludeFromTabOrder={!tab}>
      <SmilePlus size={16} aria-hidden />
    </Button>
  );
}

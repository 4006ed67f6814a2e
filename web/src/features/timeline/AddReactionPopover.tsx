import { useLingui } from '@lingui/react/macro';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { AddReactionButton, type AddReactionProps } from './AddReaction';
import { toggleReaction } from './actions';
import { EmojiGrid } from './EmojiGrid';
import css from './Message.module.css';

/** The button with its emoji grid; choosing one closes it. */
export default function AddReactionPopover(props: AddReactionProps) {
  const { t } = useLingui();
  const { message, onOpenChange } = props;
  return (
    <DialogTrigger {...(onOpenChange ? { onOpenChange } : {})}>
      <AddReactionButton {...props} />
      <Popover className={css.pop ?? ''} placement="top" offset={6}>
        <Dialog aria-label={t`Choose an emoji`}>
          {({ close }) => (
            <EmojiGrid
              onChoose={(emoji) => {
                close();
                void toggleReaction(message, emoji);
              }}
            />
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

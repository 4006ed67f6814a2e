import { useLingui } from '@lingui/react/macro';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { EmojiGrid } from './EmojiGrid';
import { EmojiButton, type EmojiPickerProps } from './EmojiPicker';
import css from './EmojiPicker.module.css';

/** The button with its grid; choosing an emoji closes it. */
export default function EmojiPopover(props: EmojiPickerProps) {
  const { t } = useLingui();
  const { onChoose, onOpenChange } = props;
  return (
    <DialogTrigger {...(onOpenChange ? { onOpenChange } : {})}>
      <EmojiButton {...props} />
      <Popover className={css.pop ?? ''} placement="top" offset={6}>
        <Dialog aria-label={t`Choose an emoji`}>
          {({ close }) => (
            <EmojiGrid
              onChoose={(emoji) => {
                close();
                onChoose(emoji);
              }}
            />
          )}
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

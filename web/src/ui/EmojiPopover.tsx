import { useLingui } from '@lingui/react/macro';
import { Dialog, DialogTrigger, Popover } from 'react-aria-components';
import { EmojiButton, type EmojiPickerProps } from './EmojiPicker';
import css from './EmojiPicker.module.css';
import { EmojiPanel } from './emoji/EmojiPanel';

/** The button with its grid; choosing an emoji closes it. */
export default function EmojiPopover(props: EmojiPickerProps & { defaultOpen: boolean }) {
  const { t } = useLingui();
  const { onChoose, onOpenChange, defaultOpen } = props;
  return (
    <DialogTrigger defaultOpen={defaultOpen} {...(onOpenChange ? { onOpenChange } : {})}>
      <EmojiButton {...props} />
      <Popover className={css.pop ?? ''} placement="top" offset={6}>
        <Dialog aria-label={t`Choose an emoji`}>
          {({ close }) => (
            <EmojiPanel
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

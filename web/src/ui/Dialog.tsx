import { useLingui } from '@lingui/react/macro';
import { X } from 'lucide-react';
import type { FormEvent, ReactNode } from 'react';
import { Button, Heading, Modal, ModalOverlay, Dialog as RacDialog } from 'react-aria-components';
import css from './Dialog.module.css';

type Props = {
  title: string;
  hint?: ReactNode;
  children?: ReactNode;
  foot?: ReactNode;
  onClose: () => void;
  /** With it, body and foot are one form: Enter submits. */
  onSubmit?: () => void;
  /** The body is text alone: it takes focus itself, so that keys can scroll it. */
  reading?: boolean;
};

/** Focus is kept inside and returned on close; Esc and a press outside close it. A sheet on the phone. */
export function Dialog({ title, hint, children, foot, onClose, onSubmit, reading = false }: Props) {
  const { t } = useLingui();
  const content = (
    <>
      {children && (
        <div className={css.body} {...(reading ? { tabIndex: 0, role: 'group', 'aria-label': title } : {})}>
          {children}
        </div>
      )}
      {foot && <footer className={css.foot}>{foot}</footer>}
    </>
  );
  const handleSubmit = (event: FormEvent) => {
    event.preventDefault();
    onSubmit?.();
  };
  return (
    <ModalOverlay isOpen isDismissable onOpenChange={(open) => !open && onClose()} className={css.overlay ?? ''}>
      <Modal className={css.modal ?? ''}>
        <RacDialog className={css.dialog ?? ''}>
          <header className={css.head}>
            <div>
              <Heading slot="title" level={2}>
                {title}
              </Heading>
              {hint && <p>{hint}</p>}
            </div>
            <Button className={css.close ?? ''} aria-label={t`Close`} onPress={onClose}>
              <X size={18} aria-hidden />
            </Button>
          </header>
          {onSubmit ? (
            <form className={css.form} onSubmit={handleSubmit} noValidate>
              {content}
            </form>
          ) : (
            content
          )}
        </RacDialog>
      </Modal>
    </ModalOverlay>
  );
}

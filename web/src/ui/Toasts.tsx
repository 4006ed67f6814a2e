import { useLingui } from '@lingui/react/macro';
import { CheckCircle2, CircleAlert, Info, X } from 'lucide-react';
import { useEffect, useState } from 'react';
import { Button } from 'react-aria-components';
import css from './Toasts.module.css';
import { dismissToast, type Toast, useToasts } from './toasts';

const icons = { neutral: Info, success: CheckCircle2, danger: CircleAlert };
const LIFE_MS = 6000;

function ToastRow({ toast }: { toast: Toast }) {
  const { t } = useLingui();
  const [held, setHeld] = useState(false);
  const Icon = icons[toast.tone];
  const { text } = toast;
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => dismissToast(toast.id), LIFE_MS);
    return () => clearTimeout(timer);
  }, [held, toast.id]);
  return (
    <li
      className={css.toast}
      data-tone={toast.tone}
      onPointerEnter={() => setHeld(true)}
      onPointerLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      <Icon size={18} aria-hidden />
      <span>{toast.text}</span>
      <Button className={css.close ?? ''} aria-label={t`Close: ${text}`} onPress={() => dismissToast(toast.id)}>
        <X size={16} aria-hidden />
      </Button>
    </li>
  );
}

/** A corner for short news; each stays six seconds, or as long as it is pointed at or focused. */
export function Toasts() {
  const { t } = useLingui();
  const list = useToasts((s) => s.list);
  return (
    <section className={css.region} aria-label={t`Notices`}>
      <ol aria-live="polite">
        {list.map((item) => (
          <ToastRow key={item.id} toast={item} />
        ))}
      </ol>
    </section>
  );
}

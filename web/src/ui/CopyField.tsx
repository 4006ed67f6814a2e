import { useLingui } from '@lingui/react/macro';
import { Check, Copy, Link2 } from 'lucide-react';
import { useState } from 'react';
import { Button } from './Button';
import css from './CopyField.module.css';
import { Field } from './Field';

/** A link to hand on, with a button that copies it. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const { t } = useLingui();
  const [copied, setCopied] = useState(false);
  const handleCopy = () => void navigator.clipboard.writeText(value).then(() => setCopied(true));
  return (
    <div className={css.copy}>
      <Field label={label} value={value} isReadOnly mono icon={Link2} />
      <Button variant="primary" icon={copied ? Check : Copy} onPress={handleCopy}>
        {copied ? t`Copied` : t`Copy`}
      </Button>
    </div>
  );
}

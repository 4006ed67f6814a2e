import { useLingui } from '@lingui/react/macro';
import { AlertCircle, Eye, EyeOff, type LucideIcon } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { Button, FieldError, Input, Label, Text, TextField, type TextFieldProps } from 'react-aria-components';
import css from './Field.module.css';

export type FieldProps = Omit<TextFieldProps, 'className' | 'style' | 'children'> & {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  icon?: LucideIcon;
  prefix?: string;
  end?: ReactNode;
  placeholder?: string;
  mono?: boolean;
};

/** Label above, hint below; an error takes the place of the hint and says what to do. */
export function Field({ label, hint, error, icon: Icon, prefix, end, placeholder, mono, ...rest }: FieldProps) {
  return (
    <TextField {...rest} className={css.field ?? ''} isInvalid={error !== undefined} validationBehavior="aria">
      <div className={css.top}>
        <Label>{label}</Label>
      </div>
      <div className={css.control} data-mono={mono || undefined}>
        {Icon && <Icon size={17} aria-hidden />}
        {prefix && <span className={css.prefix}>{prefix}</span>}
        <Input placeholder={placeholder ?? ''} />
        {end}
      </div>
      {error !== undefined ? (
        <FieldError className={css.error ?? ''}>
          <AlertCircle size={14} aria-hidden />
          <span>{error}</span>
        </FieldError>
      ) : (
        hint && (
          <Text slot="description" className={css.hint ?? ''}>
            {hint}
          </Text>
        )
      )}
    </TextField>
  );
}

export function PasswordField(props: Omit<FieldProps, 'end' | 'type'>) {
  const { t } = useLingui();
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  const reveal = (
    <Button
      className={css.reveal ?? ''}
      aria-label={shown ? t`Hide password` : t`Show password`}
      onPress={() => setShown(!shown)}
    >
      <Icon size={17} aria-hidden />
    </Button>
  );
  return <Field {...props} type={shown ? 'text' : 'password'} end={reveal} />;
}

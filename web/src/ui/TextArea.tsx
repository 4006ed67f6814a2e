import { AlertCircle } from 'lucide-react';
import {
  FieldError,
  Label,
  TextArea as RacTextArea,
  Text,
  TextField,
  type TextFieldProps,
} from 'react-aria-components';
import css from './Field.module.css';

type Props = Omit<TextFieldProps, 'className' | 'style' | 'children'> & {
  label: string;
  hint?: string;
  error?: string | undefined;
  placeholder?: string;
};

/** A field of several lines; it grows with its text. */
export function TextArea({ label, hint, error, placeholder, ...rest }: Props) {
  return (
    <TextField {...rest} className={css.field ?? ''} isInvalid={error !== undefined} validationBehavior="aria">
      <div className={css.top}>
        <Label>{label}</Label>
      </div>
      <RacTextArea className={css.area ?? ''} rows={2} dir="auto" placeholder={placeholder ?? ''} />
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

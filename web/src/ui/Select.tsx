import { Check, ChevronDown } from 'lucide-react';
import { Button, Label, ListBox, ListBoxItem, Popover, Select as RacSelect, SelectValue } from 'react-aria-components';
import css from './Field.module.css';
import menu from './Menu.module.css';

export type Option = { id: string; name: string };
type Props = {
  label: string;
  /** The label is spoken only: what the select is for stands beside it. */
  hideLabel?: boolean;
  items: Option[];
  value: string;
  onChange: (id: string) => void;
  isDisabled?: boolean;
};

export function Select({ label, hideLabel = false, items, value, onChange, isDisabled = false }: Props) {
  return (
    <RacSelect
      className={css.field ?? ''}
      selectedKey={value}
      onSelectionChange={(key) => onChange(String(key))}
      isDisabled={isDisabled}
    >
      <Label className={hideLabel ? 'sr' : (css.top ?? '')}>{label}</Label>
      <Button className={css.select ?? ''}>
        <SelectValue>{({ selectedText }) => selectedText}</SelectValue>
        <ChevronDown size={16} aria-hidden />
      </Button>
      <Popover className={menu.pop ?? ''} offset={4}>
        <ListBox className={menu.list ?? ''} items={items}>
          {(option) => (
            <ListBoxItem id={option.id} textValue={option.name} className={menu.item ?? ''}>
              <span className={menu.text}>{option.name}</span>
              {option.id === value && <Check size={16} aria-hidden />}
            </ListBoxItem>
          )}
        </ListBox>
      </Popover>
    </RacSelect>
  );
}

/** The form of a new account, shared by set-up and invitation. */
import type { NewAccount } from '../../api/types';
import { isEmail, isHandle } from '../../lib/accountRules';

export type AccountForm = { name: string; handle: string; email: string; password: string };
export type AccountField = keyof AccountForm;

export const emptyAccount: AccountForm = { name: '', handle: '', email: '', password: '' };

/** A handle people would choose themselves: first word of the name, without accents. */
export function handleOf(name: string): string {
  const plain = name
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLowerCase();
  return (/[a-z0-9][a-z0-9._-]*/.exec(plain)?.[0] ?? '').slice(0, 32);
}

/** Which fields the server would refuse, before asking it. */
export function faultsOf(form: AccountForm, leastPassword: number): AccountField[] {
  const faults: AccountField[] = [];
  if (form.name.trim() === '') faults.push('name');
  if (!isHandle(form.handle)) faults.push('handle');
  if (form.email.trim() !== '' && !isEmail(form.email.trim())) faults.push('email');
  if (Array.from(form.password).length < leastPassword) faults.push('password');
  return faults;
}

export function toNewAccount(form: AccountForm): NewAccount {
  const email = form.email.trim();
  return {
    handle: form.handle,
    display_name: form.name.trim(),
    password: form.password,
    ...(email === '' ? {} : { email }),
  };
}

/** The server names a wrong input by its path, for instance `owner.handle`. */
export function fieldOf(path: string | undefined): AccountField | undefined {
  const last = path?.split('.').at(-1);
  if (last === 'display_name') return 'name';
  return last === 'handle' || last === 'email' || last === 'password' ? last : undefined;
}

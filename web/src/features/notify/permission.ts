/**
 * Whether this device shows notifications. The browser is asked only when somebody presses a button for it, and the
 * answer is kept per device: being allowed and being wanted are two things.
 */
import { create } from 'zustand';

const KEY = 'plexichat.notify';

/** Not possible here, not asked yet, refused in the browser, allowed but off, on. */
export type NotifyState = 'unsupported' | 'ask' | 'blocked' | 'off' | 'on';

function look(): NotifyState {
  if (typeof Notification !== 'function' || !window.isSecureContext) return 'unsupported';
  if (Notification.permission === 'denied') return 'blocked';
  if (Notification.permission === 'default') return 'ask';
  return localStorage.getItem(KEY) === 'on' ? 'on' : 'off';
}

export const useNotify = create<{ state: NotifyState }>()(() => ({ state: look() }));

export function lookAgain(): void {
  useNotify.setState({ state: look() });
}

/** Asks the browser, if it was never asked, and remembers that they are wanted. */
export async function turnOn(): Promise<void> {
  if (Notification.permission === 'default') await Notification.requestPermission();
  if (Notification.permission === 'granted') localStorage.setItem(KEY, 'on');
  lookAgain();
}

export function turnOff(): void {
  localStorage.removeItem(KEY);
  lookAgain();
}

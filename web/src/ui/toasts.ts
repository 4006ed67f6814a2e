import { create } from 'zustand';

export type Toast = { id: number; tone: 'neutral' | 'success' | 'danger'; text: string };

/** Toasts are short news, never the only place of an error. At most three at once: the oldest gives way. */
const MOST = 3;
let last = 0;
export const useToasts = create<{ list: Toast[] }>()(() => ({ list: [] }));

export function toast(text: string, tone: Toast['tone'] = 'neutral'): void {
  last += 1;
  const id = last;
  useToasts.setState((s) => ({ list: [...s.list, { id, tone, text }].slice(-MOST) }));
}

export function dismissToast(id: number): void {
  useToasts.setState((s) => ({ list: s.list.filter((item) => item.id !== id) }));
}

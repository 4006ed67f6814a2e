import { useState } from 'react';
import { createRecoveryKit, proveRecoveryKit } from '../../api/admin';
import { type ApiError, asApiError } from '../../api/problem';
import type { NewRecoveryKit, RecoveryKitOrder, RecoveryKitView } from '../../api/types';
import { areRight } from './ProveWords';
import { refreshKeys } from './state';
import { positions } from './words';

/** Choose a form; see the kit once; prove it by some of its words; or enter one whole. In the end it counts. */
export type Phase = 'choose' | 'show' | 'prove' | 'enter' | 'done';

export type KitFlow = {
  phase: Phase;
  order: RecoveryKitOrder;
  setOrder: (order: RecoveryKitOrder) => void;
  made: NewRecoveryKit | undefined;
  /** The kit that is to be entered whole. */
  wanted: RecoveryKitView | undefined;
  asked: readonly number[];
  typed: Record<number, string>;
  setTyped: (typed: Record<number, string>) => void;
  text: string;
  setText: (text: string) => void;
  tried: boolean;
  busy: boolean;
  error: ApiError | undefined;
  next: () => void;
  back: (() => void) | undefined;
};

/** `waiting`: a kit that was made earlier and is to be entered now. */
export function useKitFlow(waiting?: RecoveryKitView): KitFlow {
  const [phase, setPhase] = useState<Phase>(waiting ? 'enter' : 'choose');
  const [order, setOrder] = useState<RecoveryKitOrder>({ form: 'words' });
  const [made, setMade] = useState<NewRecoveryKit | undefined>();
  const [asked, setAsked] = useState<readonly number[]>([]);
  const [typed, setTyped] = useState<Record<number, string>>({});
  const [text, setText] = useState('');
  const [tried, setTried] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | undefined>();

  const go = (to: Phase) => {
    setPhase(to);
    setTried(false);
    setError(undefined);
  };
  const ask = async (work: () => Promise<void>) => {
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await work();
    } catch (cause) {
      setError(asApiError(cause));
    } finally {
      setBusy(false);
    }
  };
  const make = () =>
    ask(async () => {
      setMade(await createRecoveryKit(order));
      go('show');
      void refreshKeys();
    });
  const prove = (entered: string) =>
    ask(async () => {
      await proveRecoveryKit(entered);
      // Nothing of it stays in the page.
      setMade(undefined);
      setTyped({});
      setText('');
      go('done');
      await refreshKeys();
    });
  const next = () => {
    if (phase === 'choose') void make();
    else if (phase === 'show' && made) {
      if (made.words.length > 0) setAsked(positions(made.words.length));
      setTyped({});
      go(made.words.length > 0 ? 'prove' : 'enter');
    } else if (phase === 'prove' && made) {
      setTried(true);
      if (areRight({ words: made.words, asked, typed })) void prove(made.words.join(' '));
    } else if (phase === 'enter') {
      setTried(true);
      if (text.trim() !== '') void prove(text);
    }
  };
  const canGoBack = made !== undefined && (phase === 'prove' || phase === 'enter');
  return {
    phase,
    order,
    setOrder,
    made,
    wanted: waiting ?? made?.kit,
    asked,
    typed,
    setTyped,
    text,
    setText,
    tried,
    busy,
    error,
    next,
    back: canGoBack ? () => go('show') : undefined,
  };
}

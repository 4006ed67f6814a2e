import { useNotify } from './permission';

export { lookAgain, turnOff, turnOn, useNotify } from './permission';

/** Follows the wish of the person: what shows notifications is loaded when they are on. */
export function followNotify(): void {
  const follow = () => {
    const on = useNotify.getState().state === 'on';
    void import('./watch').then(({ watchNews, stopWatching }) => (on ? watchNews() : stopWatching()));
  };
  if (useNotify.getState().state === 'on') follow();
  useNotify.subscribe(follow);
}

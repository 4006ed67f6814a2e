export { MOST_UNSENT, type OutboxEntry } from './outbox';
export { outbox, useUnsent } from './store';

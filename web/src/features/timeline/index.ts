export { lastOwn, useMessageWork } from './actions';
export { Message } from './Message';
export { MessageList } from './MessageList';
export { listRows } from './rows';
export { timelines } from './store';
export { UnsentMessage } from './UnsentMessage';
export { useListKeys } from './useListKeys';

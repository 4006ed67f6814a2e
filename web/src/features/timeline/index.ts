export { lastOwn, useMessageWork } from './actions';
export { DeleteDialog } from './DeleteDialog';
export { timelines } from './held';
export { Message } from './Message';
export { MessageList } from './MessageList';
export { listRows } from './rows';
export { UnsentMessage } from './UnsentMessage';
export { useListKeys } from './useListKeys';

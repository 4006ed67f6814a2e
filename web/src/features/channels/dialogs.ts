/** What is loaded when it is opened. */
export { BrowseDialog } from './BrowseDialog';
export { NewChannelDialog } from './NewChannelDialog';

export { BrowseDialog } from './BrowseDialog';
export { badgeText, Sign } from './ChannelRow';
export { ChannelView, NoChannelView, NowhereView } from './ChannelView';
export { currentWorkspaceId, lastChannelOf } from './current';
export { NewChannelDialog } from './NewChannelDialog';
export { Sidebar } from './Sidebar';

export { badgeText, Sign } from './ChannelRow';
export { ChannelView, NoChannelView, NowhereView } from './ChannelView';
export { currentWorkspaceId, lastChannelOf } from './current';
export { Sidebar } from './Sidebar';

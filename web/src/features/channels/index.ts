export { badgeText, Sign } from './ChannelRow';
export { ChannelView, NoChannelView, NowhereView } from './ChannelView';
export { currentWorkspaceId, lastChannelOf } from './current';
export { leaveAndGo, mayLeave } from './leaving';
export { changeNotify } from './notifyLevel';
export { Sidebar } from './Sidebar';

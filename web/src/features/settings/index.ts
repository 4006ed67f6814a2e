/** Each area is a chunk of its own; nothing here is part of the first view. */
export { AccountSettings } from './account/AccountSettings';
export { ChannelSettings } from './channel/ChannelSettings';
export { WorkspaceSettings } from './workspace/WorkspaceSettings';

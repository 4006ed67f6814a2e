export { NewWorkspaceDialog } from './NewWorkspaceDialog';
export { Rail } from './Rail';
export { TabBar } from './TabBar';

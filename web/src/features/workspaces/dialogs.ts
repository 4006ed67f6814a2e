/** What is loaded when it is opened. */
export { NewWorkspaceDialog } from './NewWorkspaceDialog';

export { AddMembersDialog } from './AddMembersDialog';
export { InviteDialog } from './InviteDialog';
export { InviteLink } from './InviteLink';
export { MembersDialog } from './MembersDialog';
export { NewMessageDialog } from './NewMessageDialog';

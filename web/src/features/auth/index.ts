export { Invite } from './Invite';
export { Reset } from './Reset';
export { Setup } from './Setup';
export { SignIn } from './SignIn';

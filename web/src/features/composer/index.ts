export { Composer } from './Composer';
export { closeDrafts, openDrafts, placeOf, useDrafts } from './drafts';

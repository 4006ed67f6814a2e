export { Rail } from './Rail';
export { TabBar } from './TabBar';

export { ThreadPane } from './ThreadPane';

export { KitBanner } from './KitBanner';
export { KitDialog } from './KitDialog';
export { KitStep } from './KitStep';

/** The area of those who run the instance: a chunk of its own, which nobody else loads. */
export { AdminSettings } from './AdminSettings';

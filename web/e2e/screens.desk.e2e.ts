import { walk } from './screens.walk';

walk({ where: 'desk', arrival: {}, themes: ['light', 'dark'], tablet: true });

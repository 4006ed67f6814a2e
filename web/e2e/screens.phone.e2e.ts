import { walk } from './screens.walk';

walk({ where: 'phone', arrival: { phone: true }, themes: ['light', 'dark'] });

import { walk } from './screens.walk';

walk({ where: 'phone-de', arrival: { phone: true, locale: 'de-DE' }, themes: ['dark'] });

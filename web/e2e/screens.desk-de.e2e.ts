import { walk } from './screens.walk';

walk({ where: 'desk-de', arrival: { locale: 'de-DE' }, themes: ['light'] });

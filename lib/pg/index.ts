export { leasedClient, type LeasedClientOptions } from './leased-client.js';

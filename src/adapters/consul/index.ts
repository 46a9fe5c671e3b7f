export { type ConsulAgent, createConsulAgent, type OfferedService } from './agent.ts';
export { keepRegistered, type Registration, type RegistrationOptions } from './registration.ts';

import { limiterContract } from '../limiter.contract.ts';
import { limiterOn, redisOfTests } from './limiter-on.contract.ts';

limiterContract('RedisLimiter', limiterOn(redisOfTests()));

// Binds the ports to Nest. The completions stay off Nest's router (guards, pipes and interceptors would scatter the
// order of the pipeline over five files); everything else is an ordinary controller.
import type { DynamicModule } from '@nestjs/common';
import type { ServePorts } from './completions/serve-ports.ts';
import { LimitsController } from './http/limits.controller.ts';
import { ModelsController } from './http/models.controller.ts';
import { UsageController } from './http/usage.controller.ts';
import { SERVE_PORTS } from './tokens.ts';

class GatewayModule {}

export function gatewayModule(ports: ServePorts): DynamicModule {
  return {
    module: GatewayModule,
    controllers: [ModelsController, LimitsController, UsageController],
    providers: [{ provide: SERVE_PORTS, useFactory: () => ports }],
  };
}

// Binds the ports to Nest: controllers adapt HTTP to the ports; what every route needs is said here once.
import type { DynamicModule } from '@nestjs/common';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ApplyController } from './apply/apply.controller.ts';
import { AuditController } from './audit/audit.controller.ts';
import { RoleGuard } from './auth/role.guard.ts';
import { CONTROL_PORTS, type ControlPorts } from './control-ports.ts';
import { ProblemFilter } from './http/problem-filter.ts';
import { ResourceHeadersInterceptor } from './http/resource-headers.interceptor.ts';
import { SchemaPipe } from './http/schema-pipe.ts';
import { IdempotencyInterceptor } from './idempotency/idempotency.interceptor.ts';
import { KeysController } from './keys/keys.controller.ts';
import { DocumentHolder } from './openapi/document-holder.ts';
import { OpenApiController } from './openapi/openapi.controller.ts';
import { PlansController } from './plans/plans.controller.ts';
import { RequestsController } from './requests/requests.controller.ts';
import { HealthController } from './status/health.controller.ts';
import { StatusController } from './status/status.controller.ts';
import { TenantLimitsController } from './tenants/tenant-limits.controller.ts';
import { TenantsController } from './tenants/tenants.controller.ts';
import { UsageController } from './usage/usage.controller.ts';

class ControlModule {}

export function controlModule(ports: ControlPorts): DynamicModule {
  return {
    module: ControlModule,
    controllers: [
      TenantsController,
      TenantLimitsController,
      PlansController,
      KeysController,
      AuditController,
      UsageController,
      RequestsController,
      ApplyController,
      StatusController,
      HealthController,
      OpenApiController,
    ],
    providers: [
      { provide: CONTROL_PORTS, useFactory: () => ports },
      DocumentHolder,
      { provide: APP_GUARD, useClass: RoleGuard },
      // The outer one first: an answer given again has its headers, too.
      { provide: APP_INTERCEPTOR, useClass: ResourceHeadersInterceptor },
      { provide: APP_INTERCEPTOR, useClass: IdempotencyInterceptor },
      { provide: APP_PIPE, useClass: SchemaPipe },
      { provide: APP_FILTER, useClass: ProblemFilter },
    ],
  };
}

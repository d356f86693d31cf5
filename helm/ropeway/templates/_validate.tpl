{{/*
What JSON Schema cannot say: values that contradict each other. Everything wrong is listed at once, each with what to change.
*/}}
{{- define "ropeway.validate" -}}
{{- $problems := list -}}
{{- range (list "ropeway.validate.model" "ropeway.validate.pools" "ropeway.validate.state" "ropeway.validate.programs") -}}
{{- $problems = concat $problems (include . $ | fromJsonArray) -}}
{{- end -}}
{{- if $problems -}}
{{- fail (printf "\n\nThese values do not fit together:\n  - %s\n" (join "\n  - " $problems)) -}}
{{- end -}}
{{- end -}}

{{- define "ropeway.validate.model" -}}
{{- $problems := list -}}
{{- if not .Values.model -}}
{{- $problems = append $problems "model is empty: name what is served, as in --set model=Qwen/QwQ-32B" -}}
{{- else if and (not (include "ropeway.profile" .)) (ne (.Values.modelOptions.settings.counting | default "exact") "worker") -}}
{{- $problems = append $problems (printf "the family of %q cannot be told from its name: set modelOptions.profile to qwq, qwen2.5 or qwen3, or modelOptions.settings.counting to worker" .Values.model) -}}
{{- end -}}
{{- $problems | toJson -}}
{{- end -}}

{{- define "ropeway.validate.pools" -}}
{{- $root := . -}}
{{- $problems := list -}}
{{- $profile := include "ropeway.profile" . -}}
{{- $native := get (include "ropeway.nativeWindows" . | fromJson) $profile -}}
{{- $taken := list "gateway" "gateway-ops" "control" "scaler" "worker" "bootstrap" "bootstrap-upgrade" "postgresql" "redis" "headroom" -}}
{{- $names := list -}}
{{- $mode := include "ropeway.autoscalingMode" . -}}
{{- range $at, $given := .Values.pools -}}
{{- $where := printf "pools[%d] (%s)" $at $given.name -}}
{{- if has $given.name $names }}{{ $problems = append $problems (printf "%s: another pool has this name already; give each a name of its own" $where) }}{{ end -}}
{{- $names = append $names $given.name -}}
{{- if has $given.name $taken }}{{ $problems = append $problems (printf "%s: objects of the chart are called %s-%s already; choose another name" $where (include "ropeway.fullname" $root) $given.name) }}{{ end -}}
{{- if gt (len (printf "%s-%s" (include "ropeway.fullname" $root) $given.name)) 54 }}{{ $problems = append $problems (printf "%s: %s-%s is longer than 54 characters; shorten the pool's name, or set fullnameOverride" $where (include "ropeway.fullname" $root) $given.name) }}{{ end -}}
{{- if and (eq $given.rope.type "default") (hasKey $given.rope "factor") }}{{ $problems = append $problems (printf "%s: rope.type default scales nothing, so it takes no factor; remove rope.factor, or set rope.type to yarn" $where) }}{{ end -}}
{{- if and (eq $given.rope.type "yarn") (not (hasKey $given.rope "factor")) }}{{ $problems = append $problems (printf "%s: rope.type yarn needs rope.factor, 2 or 4" $where) }}{{ end -}}
{{- end -}}
{{- if not $problems -}}
{{- range $at, $pool := include "ropeway.pools" . | fromJsonArray -}}
{{- $where := printf "pools[%d] (%s)" $at $pool.name -}}
{{- $window := int64 $pool.window -}}
{{- if lt $window 16 }}{{ $problems = append $problems (printf "%s: window is not set, and no profile tells the native one; set window" $where) }}{{ end -}}
{{- if eq $pool.rope.type "yarn" -}}
{{- $reach := mulf $pool.rope.factor $pool.rope.originalMaxPosition | floor | int64 -}}
{{- if gt $window $reach }}{{ $problems = append $problems (printf "%s: window is %d, but factor %v times %d reaches %d; lower the window or raise rope.factor" $where $window $pool.rope.factor (int64 $pool.rope.originalMaxPosition) $reach) }}{{ end -}}
{{- $style := include "ropeway.argsStyle" $pool.engine -}}
{{- if and (eq $style "ropeScaling") (semverCompare ">=0.11.1-0" $pool.engine.version) }}{{ $problems = append $problems (printf "%s: engine.argsStyle is ropeScaling, but vLLM %s does not start with --rope-scaling (gone with 0.11.1); set engine.argsStyle to auto" $where $pool.engine.version) }}{{ end -}}
{{- if and (ne $style "ropeScaling") (semverCompare "<0.11.1-0" $pool.engine.version) }}{{ $problems = append $problems (printf "%s: engine.argsStyle is %s, but vLLM %s wants --rope-scaling; set engine.argsStyle to auto" $where $style $pool.engine.version) }}{{ end -}}
{{- else if and $native (gt $window (int64 $native)) (not $pool.allowNativeWindow) -}}
{{- $problems = append $problems (printf "%s: window is %d, but %s without scaling has %d; say in rope how the workers scale, or set allowNativeWindow: true if config.json of the weights allows it" $where $window $profile (int64 $native)) -}}
{{- end -}}
{{- $min := int $pool.replicas.min -}}
{{- $max := int $pool.replicas.max -}}
{{- if gt $min $max }}{{ $problems = append $problems (printf "%s: replicas.min is %d, above replicas.max %d; swap them" $where $min $max) }}{{ end -}}
{{- if and (eq $min 0) (eq $root.Values.autoscaling.mode "none") }}{{ $problems = append $problems (printf "%s: replicas.min is 0, but autoscaling.mode is none, so nothing would ever start a worker; set replicas.min to 1, or autoscaling.mode to keda" $where) }}{{ end -}}
{{- if and (eq $min 0) (eq $mode "prometheus") (not $root.Values.autoscaling.prometheus.serverAddress) }}{{ $problems = append $problems (printf "%s: autoscaling.mode is prometheus, but autoscaling.prometheus.serverAddress is empty; name the server" $where) }}{{ end -}}
{{- with $pool.autoscaling.fallback.replicas }}{{ if gt (int .) $max }}{{ $problems = append $problems (printf "%s: autoscaling.fallback.replicas is %d, above replicas.max %d; lower it" $where (int .) $max) }}{{ end }}{{ end -}}
{{- $gpus := int $pool.gpus -}}
{{- $parallel := int $pool.tensorParallelSize -}}
{{- if eq $pool.engine.kind "vllm" -}}
{{- if lt $gpus 1 }}{{ $problems = append $problems (printf "%s: gpus is 0, but vLLM needs one; set gpus, or engine.kind to sim" $where) }}
{{- else if ne $gpus $parallel }}{{ $problems = append $problems (printf "%s: gpus is %d, but tensorParallelSize is %d; make them equal (null: as many as gpus)" $where $gpus $parallel) }}{{ end -}}
{{- end -}}
{{- $weights := $pool.weights -}}
{{- if and (eq $weights.source "pvc") (not $weights.pvc.claimName) }}{{ $problems = append $problems (printf "%s: weights.source is pvc, but weights.pvc.claimName is empty; name the claim" $where) }}{{ end -}}
{{- if and (ne $weights.source "pvc") $weights.pvc.claimName }}{{ $problems = append $problems (printf "%s: weights.pvc.claimName is set, but weights.source is %s; set weights.source to pvc, or remove the name" $where $weights.source) }}{{ end -}}
{{- if and (eq $weights.source "image") (not $weights.image.reference) }}{{ $problems = append $problems (printf "%s: weights.source is image, but weights.image.reference is empty; name the image" $where) }}{{ end -}}
{{- if and (eq $weights.source "hostPath") (not $weights.hostPath.path) }}{{ $problems = append $problems (printf "%s: weights.source is hostPath, but weights.hostPath.path is empty; name the folder" $where) }}{{ end -}}
{{- if and (eq $pool.cache.type "pvc") (not $pool.cache.claimName) }}{{ $problems = append $problems (printf "%s: cache.type is pvc, but cache.claimName is empty; name the claim" $where) }}{{ end -}}
{{- if and (eq $pool.cache.type "hostPath") (not $pool.cache.hostPath) }}{{ $problems = append $problems (printf "%s: cache.type is hostPath, but cache.hostPath is empty; name the folder" $where) }}{{ end -}}
{{- if and (eq $pool.podSecurity "restricted") (or (eq $weights.source "hostPath") (eq $pool.cache.type "hostPath")) }}{{ $problems = append $problems (printf "%s: folders of the node are forbidden by Pod Security restricted; set podSecurity to none for this pool, or take a pvc" $where) }}{{ end -}}
{{- if and (gt (int $pool.headroom.replicas) 0) (not (include "ropeway.priorityClass" (list $root "headroom" $pool.headroom.priorityClassName))) }}{{ $problems = append $problems (printf "%s: headroom needs a priority below the workers', or pause pods keep the GPUs for themselves; set priorityClasses.create to true, or headroom.priorityClassName" $where) }}{{ end -}}
{{- if and (eq (int $pool.rollout.maxSurge) 0) (eq (int $pool.rollout.maxUnavailable) 0) }}{{ $problems = append $problems (printf "%s: rollout.maxSurge and rollout.maxUnavailable are both 0, so nothing could ever be replaced; raise one" $where) }}{{ end -}}
{{- $owned := dict "--max-model-len" "window" "--served-model-name" "modelOptions.servedName" "--hf-overrides" "rope" "--rope-scaling" "rope" "--tensor-parallel-size" "tensorParallelSize" "-tp" "tensorParallelSize" "--port" "nothing: it is 8000" "--host" "nothing" "--shutdown-timeout" "drain.timeoutSeconds" "--reasoning-parser" "engine.reasoningParser" "--tool-call-parser" "engine.toolCallParser" "--revision" "modelOptions.revision" "--kv-cache-dtype" "engine.kvCacheDtype" "--max-num-seqs" "engine.maxNumSeqs" "--gpu-memory-utilization" "engine.gpuMemoryUtilization" "--api-key" "apiKeySecret" -}}
{{- if eq $pool.engine.kind "vllm" -}}
{{- range $pool.engine.extraArgs -}}
{{- $flag := splitList "=" . | first -}}
{{- if hasKey $owned $flag }}{{ $problems = append $problems (printf "%s: engine.extraArgs has %s, which the chart sets itself and the gateway relies on; set %s instead" $where $flag (get $owned $flag)) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $problems | toJson -}}
{{- end -}}

{{- define "ropeway.validate.state" -}}
{{- $problems := list -}}
{{- $database := .Values.database -}}
{{- $redis := .Values.redis -}}
{{- if and (eq $database.mode "external") (not $database.external.existingSecret) }}{{ $problems = append $problems "database.mode is external, but database.external.existingSecret is empty; name the Secret that holds the URL" }}{{ end -}}
{{- if and (eq $database.mode "bundled") $database.external.existingSecret }}{{ $problems = append $problems "database.external.existingSecret is set, but database.mode is bundled; set database.mode to external" }}{{ end -}}
{{- if and (eq $redis.mode "external") (not $redis.external.urls) }}{{ $problems = append $problems "redis.mode is external, but redis.external.urls is empty; name an address, as in redis://redis.example:6379" }}{{ end -}}
{{- if and (ne $redis.mode "external") $redis.external.urls }}{{ $problems = append $problems (printf "redis.external.urls is set, but redis.mode is %s; set redis.mode to external" $redis.mode) }}{{ end -}}
{{- if and (gt (len $redis.external.urls) 1) (not $redis.external.isCluster) }}{{ $problems = append $problems (printf "redis.external.urls has %d addresses, but isCluster is false; keep one, or set redis.external.isCluster to true" (len $redis.external.urls)) }}{{ end -}}
{{- if not .Values.bootstrap.enabled -}}
{{- if eq $database.mode "bundled" }}{{ $problems = append $problems "bootstrap.enabled is false, but the bundled database needs the Job, which makes its password; set database.mode to external, or bootstrap.enabled to true" }}{{ end -}}
{{- if eq $redis.mode "bundled" }}{{ $problems = append $problems "bootstrap.enabled is false, but the bundled Redis needs the Job, which makes its password; set redis.mode to external or none, or bootstrap.enabled to true" }}{{ end -}}
{{- if not .Values.secrets.pepper.existingSecret }}{{ $problems = append $problems "bootstrap.enabled is false, so nobody makes the pepper; name a Secret in secrets.pepper.existingSecret" }}{{ end -}}
{{- if and .Values.control.enabled (not .Values.secrets.admin.existingSecret) }}{{ $problems = append $problems "bootstrap.enabled is false, so nobody makes the admin key; name a Secret in secrets.admin.existingSecret" }}{{ end -}}
{{- end -}}
{{- $problems | toJson -}}
{{- end -}}

{{- define "ropeway.validate.programs" -}}
{{- $problems := list -}}
{{- with .Values.gateway.autoscaling -}}
{{- if and .enabled (gt (int .minReplicas) (int .maxReplicas)) }}{{ $problems = append $problems (printf "gateway.autoscaling.minReplicas is %d, above maxReplicas %d; swap them" (int .minReplicas) (int .maxReplicas)) }}{{ end -}}
{{- end -}}
{{- if hasKey (.Values.config.relay | default dict) "drainTimeoutMs" }}{{ $problems = append $problems "config.relay.drainTimeoutMs is set, but the pods' grace is computed from gateway.drain.timeoutSeconds; set that instead" }}{{ end -}}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}{{ $problems = append $problems "httpRoute.enabled is true, but httpRoute.parentRefs is empty; name the Gateway it belongs to" }}{{ end -}}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}{{ $problems = append $problems "ingress.enabled is true, but ingress.hosts is empty; name a host" }}{{ end -}}
{{- if and (eq .Values.autoscaling.mode "prometheus") .Values.scaler.tls.secretName }}{{ $problems = append $problems "scaler.tls.secretName is set, but autoscaling.mode prometheus runs no scaler; remove it, or set autoscaling.mode to keda" }}{{ end -}}
{{- $problems | toJson -}}
{{- end -}}

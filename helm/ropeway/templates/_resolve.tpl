{{/* What the values come to: the model, the pools with their defaults, the modes. */}}

{{/* keda, prometheus or none. */}}
{{- define "ropeway.autoscalingMode" -}}
{{- if ne .Values.autoscaling.mode "auto" -}}
{{- .Values.autoscaling.mode -}}
{{- else if .Capabilities.APIVersions.Has "keda.sh/v1alpha1" -}}
keda
{{- else -}}
none
{{- end -}}
{{- end -}}

{{/* Takes (list root "auto"|true|false): "true" or "". */}}
{{- define "ropeway.withOperator" -}}
{{- $root := index . 0 -}}
{{- $wanted := index . 1 | toString -}}
{{- if eq $wanted "auto" -}}
{{- if $root.Capabilities.APIVersions.Has "monitoring.coreos.com/v1" -}}true{{- end -}}
{{- else if eq $wanted "true" -}}
true
{{- end -}}
{{- end -}}

{{/* The model as JSON: id, name, short, servedName, aliases, profile. */}}
{{- define "ropeway.model" -}}
{{- $options := .Values.modelOptions -}}
{{- $short := .Values.model | trimSuffix "/" | base -}}
{{- $id := default (lower $short) $options.id -}}
{{- $aliases := $options.aliases | default (list $short .Values.model) -}}
{{- $others := list -}}
{{- range $aliases | uniq }}{{ if ne . $id }}{{ $others = append $others . }}{{ end }}{{ end -}}
{{- dict "id" $id "name" .Values.model "servedName" (default $short $options.servedName) "aliases" $others "profile" (include "ropeway.profile" .) | toJson -}}
{{- end -}}

{{- define "ropeway.profile" -}}
{{- $name := lower .Values.model -}}
{{- if .Values.modelOptions.profile -}}{{ .Values.modelOptions.profile }}
{{- else if contains "qwq" $name -}}qwq
{{- else if contains "qwen2.5" $name -}}qwen2.5
{{- else if contains "qwen3" $name -}}qwen3
{{- end -}}
{{- end -}}

{{/* Windows without scaling, by profile, as JSON: max_position_embeddings of each family (libs/config/src/native-window.ts). */}}
{{- define "ropeway.nativeWindows" -}}
{{- dict "qwq" 40960 "qwen2.5" 32768 "qwen3" 40960 | toJson -}}
{{- end -}}

{{/* The pools as a JSON list, each with the defaults of `workers` and of its rope filled in. */}}
{{- define "ropeway.pools" -}}
{{- $root := . -}}
{{- $mode := include "ropeway.autoscalingMode" . -}}
{{- $pools := list -}}
{{- range .Values.pools -}}
{{- $pool := mergeOverwrite (deepCopy $root.Values.workers) (deepCopy .) -}}
{{- if not .nodeSelector }}{{ $pool = set $pool "nodeSelector" (mergeOverwrite (deepCopy $root.Values.nodeSelector) (deepCopy $root.Values.workers.nodeSelector)) }}{{ end -}}
{{- if not (hasKey . "tolerations") }}{{ $pool = set $pool "tolerations" (concat $root.Values.tolerations $root.Values.workers.tolerations) }}{{ end -}}
{{- if eq $pool.rope.type "yarn" -}}
{{- $pool = set $pool "rope" (mergeOverwrite (dict "originalMaxPosition" 32768 "theta" 1000000) (deepCopy $pool.rope)) -}}
{{- end -}}
{{- if kindIs "invalid" $pool.window -}}
{{- $native := get (include "ropeway.nativeWindows" . | fromJson) (include "ropeway.profile" $root) | default 0 -}}
{{- $pool = set $pool "window" (eq $pool.rope.type "yarn" | ternary (mulf ($pool.rope.factor | default 1) ($pool.rope.originalMaxPosition | default 0) | floor) $native) -}}
{{- end -}}
{{- $pool = set $pool "fullname" (printf "%s-%s" (include "ropeway.fullname" $root) $pool.name) -}}
{{- if kindIs "invalid" $pool.tensorParallelSize }}{{ $pool = set $pool "tensorParallelSize" (max 1 (int $pool.gpus)) }}{{ end -}}
{{- if kindIs "invalid" $pool.probes.startupSeconds -}}
{{- $seconds := 600 -}}
{{- if and (eq $pool.weights.source "hub") (eq $pool.engine.kind "vllm") }}{{ $seconds = 1800 }}{{ end -}}
{{- $pool = set $pool "probes" (set $pool.probes "startupSeconds" $seconds) -}}
{{- end -}}
{{- $min := int $pool.replicas.min -}}
{{- $max := int $pool.replicas.max -}}
{{- $scales := and (ne $mode "none") (lt $min $max) -}}
{{- $pool = set $pool "scales" $scales -}}
{{- $pool = set $pool "fixedReplicas" (max 1 $min) -}}
{{- $pools = append $pools $pool -}}
{{- end -}}
{{- $pools | toJson -}}
{{- end -}}

{{/* "true" where our scaler runs. */}}
{{- define "ropeway.hasScaler" -}}
{{- if eq (include "ropeway.autoscalingMode" .) "keda" -}}true{{- end -}}
{{- end -}}

{{/* Replicas a gateway has at least. */}}
{{- define "ropeway.gatewayMin" -}}
{{- if .Values.gateway.autoscaling.enabled -}}{{ .Values.gateway.autoscaling.minReplicas }}{{- else -}}{{ .Values.gateway.replicas }}{{- end -}}
{{- end -}}

{{/* Secrets the bootstrap Job makes or reads, as a JSON list of names. */}}
{{- define "ropeway.bootstrapSecrets" -}}
{{- $names := list -}}
{{- if eq .Values.database.mode "bundled" }}{{ $names = append $names (include "ropeway.databaseSecret" .) }}{{ end -}}
{{- if eq .Values.redis.mode "bundled" }}{{ $names = append $names (include "ropeway.redisSecret" .) }}{{ end -}}
{{- concat $names (list (include "ropeway.pepperSecret" .) (include "ropeway.adminSecret" .) (include "ropeway.firstKeySecret" .)) | uniq | toJson -}}
{{- end -}}

{{/*
ropeway.yaml: what the chart knows, with `config` over it. Gateway, control and scaler read the same file.
*/}}

{{/* As JSON. */}}
{{- define "ropeway.config" -}}
{{- $root := . -}}
{{- $model := include "ropeway.model" . | fromJson -}}
{{- $entry := mergeOverwrite (dict "id" $model.id "aliases" $model.aliases "servedName" $model.servedName) (deepCopy .Values.modelOptions.settings) -}}
{{- with $model.profile }}{{ $entry = set $entry "profile" . }}{{ end -}}
{{- $pools := list -}}
{{- range include "ropeway.pools" . | fromJsonArray -}}
{{- $rope := dict "type" .rope.type -}}
{{- if eq .rope.type "yarn" }}{{ $rope = dict "type" "yarn" "factor" .rope.factor "originalMaxPosition" (int64 .rope.originalMaxPosition) }}{{ end -}}
{{- $pool := dict "name" .name "model" $model.id "rope" $rope "windowTokens" (int64 .window) -}}
{{- if .allowNativeWindow }}{{ $pool = set $pool "allowNativeWindow" true }}{{ end -}}
{{- with .kvTokensPerWorker }}{{ $pool = set $pool "kvTokensPerWorker" (int64 .) }}{{ end -}}
{{- with .tokenWeight }}{{ $pool = set $pool "tokenWeight" . }}{{ end -}}
{{- with .apiKeySecret.name }}{{ $pool = set $pool "apiKeyFile" (printf "/run/secrets/ropeway/workers/%s" $pool.name) }}{{ end -}}
{{- if eq $root.Values.discovery.mode "endpointslices" }}{{ $pool = set $pool "service" .fullname }}{{ end -}}
{{- $pools = append $pools $pool -}}
{{- end -}}
{{- $peppers := list -}}
{{- range .Values.secrets.pepper.versions }}{{ $peppers = append $peppers (dict "version" (int64 .) "file" (printf "/run/secrets/ropeway/pepper/%d" (int64 .))) }}{{ end -}}
{{- $config := dict
  "server" (dict "host" "0.0.0.0" "port" 8080)
  "ops" (dict "host" "0.0.0.0" "port" 9090)
  "models" (list $entry)
  "pools" $pools
  "peppers" $peppers
  "database" (dict "urlFile" "/run/secrets/ropeway/database/url")
  "ledger" (dict "outbox" "/var/lib/ropeway/outbox")
  "control" (dict "host" "0.0.0.0" "port" 8081 "adminKeyFile" "/run/secrets/ropeway-admin/admin-key" "gateways" (list (printf "http://%s-gateway-ops:9090" (include "ropeway.fullname" .))))
  "relay" (dict "drainTimeoutMs" (mul .Values.gateway.drain.timeoutSeconds 1000))
  "discovery" (include "ropeway.discoveryConfig" . | fromJson)
-}}
{{- if eq .Values.redis.mode "bundled" -}}
{{- $config = set $config "redis" (dict "urls" (list (printf "redis://%s-redis:6379" (include "ropeway.fullname" .))) "passwordFile" "/run/secrets/ropeway/redis/password") -}}
{{- else if eq .Values.redis.mode "external" -}}
{{- $redis := dict "urls" .Values.redis.external.urls -}}
{{- if .Values.redis.external.isCluster }}{{ $redis = set $redis "isCluster" true }}{{ end -}}
{{- if .Values.redis.external.existingSecret }}{{ $redis = set $redis "passwordFile" "/run/secrets/ropeway/redis/password" }}{{ end -}}
{{- $config = set $config "redis" $redis -}}
{{- end -}}
{{- if and (eq .Values.ledger.outbox "emptyDir") (ne .Values.redis.mode "none") -}}
{{- $config = set $config "ledger" (dict "outbox" "/var/lib/ropeway/outbox" "handover" true) -}}
{{- end -}}
{{- if include "ropeway.hasScaler" . -}}
{{- $scaler := dict "host" "0.0.0.0" "port" 9091 "gateways" (dict "selector" (include "ropeway.selectorText" (list . "gateway")) "port" 9090) -}}
{{- if .Values.scaler.tls.secretName -}}
{{- $scaler = set $scaler "tls" (dict "certFile" "/run/secrets/ropeway/tls/tls.crt" "keyFile" "/run/secrets/ropeway/tls/tls.key" "clientCaFile" "/run/secrets/ropeway/tls/ca.crt") -}}
{{- end -}}
{{- $config = set $config "scaler" $scaler -}}
{{- end -}}
{{- with include "ropeway.waitingConfig" . }}{{ $config = set $config "waiting" (fromJson .) }}{{ end -}}
{{- mergeOverwrite $config (deepCopy .Values.config) | toJson -}}
{{- end -}}

{{/*
Where pools sleep, a request waits for a worker to start: up to a quarter of an hour. The pool stays in demand for as long as
a start may take, though its callers leave. As JSON; nothing where no pool sleeps.
*/}}
{{- define "ropeway.waitingConfig" -}}
{{- $longest := 0 -}}
{{- range include "ropeway.pools" . | fromJsonArray -}}
{{- if and .scales (eq (int .replicas.min) 0) }}{{ $longest = max $longest (int64 .probes.startupSeconds) }}{{ end -}}
{{- end -}}
{{- if gt (int $longest) 0 -}}
{{- dict "maxWaitMs" (mul 1000 (max 120 (min 900 $longest))) "activationMs" (mul 1000 (max 900 (add $longest 300))) | toJson -}}
{{- end -}}
{{- end -}}

{{- define "ropeway.selectorText" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/instance={{ $root.Release.Name }},app.kubernetes.io/component={{ index . 1 }}
{{- end -}}

{{/* As JSON. */}}
{{- define "ropeway.discoveryConfig" -}}
{{- $mode := .Values.discovery.mode -}}
{{- $discovery := dict "mode" $mode -}}
{{- if eq $mode "pods" }}{{ $discovery = set $discovery "selector" (include "ropeway.selectorText" (list . "worker")) }}{{ end -}}
{{- if ne $mode "inferencepool" }}{{ $discovery = set $discovery "port" 8000 }}{{ end -}}
{{- if and (eq $mode "inferencepool") .Values.discovery.inferencePool.create -}}
{{- $names := list -}}
{{- range include "ropeway.pools" . | fromJsonArray }}{{ $names = append $names .fullname }}{{ end -}}
{{- $discovery = set $discovery "inferencePools" $names -}}
{{- end -}}
{{- $discovery | toJson -}}
{{- end -}}

{{/*
What of the file needs a restart of the gateway: everything but what it takes over while it runs (docs/configuration.md,
"Changes without a restart"). So a pool added or a log level changed replaces no gateway pod.
*/}}
{{- define "ropeway.gatewayChecksum" -}}
{{- omit (include "ropeway.config" . | fromJson) "pools" "keys" "peppers" "prices" "log" "scaler" | toJson | sha256sum -}}
{{- end -}}

{{- define "ropeway.checksum" -}}
{{- include "ropeway.config" . | sha256sum -}}
{{- end -}}

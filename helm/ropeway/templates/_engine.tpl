{{/*
Arguments of a worker. What is right depends on vLLM's version:
  up to 0.8.x    --enable-reasoning beside the parser
  up to 0.11.0   --rope-scaling (gone with 0.11.1: later versions do not start with it)
  0.11.1         --hf-overrides {"rope_scaling": …}: transformers 4 keeps rope_theta beside it
  0.12 and later --hf-overrides {"rope_parameters": …}: replaces the whole dictionary, so theta is in it, and from 0.30 on the
                 window is bounded by max_position_embeddings, so that is beside it (right on the versions before, too)
  0.18 and later --shutdown-timeout: without it SIGTERM leaves running answers open and silent
*/}}

{{- define "ropeway.argsStyle" -}}
{{- $engine := . -}}
{{- if ne $engine.argsStyle "auto" -}}{{ $engine.argsStyle }}
{{- else if semverCompare "<0.11.1-0" $engine.version -}}ropeScaling
{{- else if semverCompare "<0.12.0-0" $engine.version -}}hfOverridesLegacy
{{- else -}}hfOverrides
{{- end -}}
{{- end -}}

{{/* A factor as Python writes a float: transformers warns of whole ones. */}}
{{- define "ropeway.float" -}}
{{- if eq (floor .) (float64 .) -}}{{ printf "%d.0" (int64 .) }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{- define "ropeway.whole" -}}
{{- if eq (floor .) (float64 .) -}}{{ int64 . }}{{- else -}}{{ . }}{{- end -}}
{{- end -}}

{{/* Takes a resolved pool; nothing for the default rope. */}}
{{- define "ropeway.ropeArgs" -}}
{{- if eq .rope.type "yarn" -}}
{{- $style := include "ropeway.argsStyle" .engine -}}
{{- $original := int64 .rope.originalMaxPosition -}}
{{- $scaling := printf `"rope_type":"yarn","factor":%s,"original_max_position_embeddings":%d` (include "ropeway.float" .rope.factor) $original -}}
{{- if eq $style "ropeScaling" }}
- --rope-scaling
- {{ printf `{%s}` $scaling | squote }}
{{- else if eq $style "hfOverridesLegacy" }}
- --hf-overrides
- {{ printf `{"rope_scaling":{%s}}` $scaling | squote }}
{{- else }}
- --hf-overrides
- {{ printf `{"rope_parameters":{%s,"rope_theta":%s},"max_position_embeddings":%d}` $scaling (include "ropeway.whole" .rope.theta) (mulf .rope.factor $original | floor | int64) | squote }}
{{- end }}
{{- end -}}
{{- end -}}

{{/* Takes (list root engine); nothing for none. */}}
{{- define "ropeway.reasoningParser" -}}
{{- $parser := (index . 1).reasoningParser -}}
{{- if eq (toString $parser) "auto" -}}
{{- get (dict "qwq" "deepseek_r1" "qwen3" "qwen3") (include "ropeway.profile" (index . 0)) -}}
{{- else if $parser -}}
{{- $parser -}}
{{- end -}}
{{- end -}}

{{/* Where the weights are inside the pod, or their name on the hub. Takes (list root pool). */}}
{{- define "ropeway.weightsPath" -}}
{{- $root := index . 0 -}}
{{- $weights := (index . 1).weights -}}
{{- if eq $weights.source "hub" -}}{{ $root.Values.model }}
{{- else if eq $weights.source "pvc" -}}/models/{{ $weights.pvc.path | trimPrefix "/" }}
{{- else if eq $weights.source "image" -}}/models/{{ $weights.image.path | trimPrefix "/" }}
{{- else -}}/models
{{- end -}}
{{- end -}}

{{/* Command and arguments of vLLM. Takes (list root pool). */}}
{{- define "ropeway.vllmCommand" -}}
{{- $root := index . 0 -}}
{{- $pool := index . 1 -}}
{{- $engine := $pool.engine -}}
{{- $model := include "ropeway.model" $root | fromJson -}}
command: [vllm, serve] # no shell: SIGTERM must reach vLLM
args:
- {{ include "ropeway.weightsPath" . | trimSuffix "/" | quote }}
- --host=0.0.0.0
- --port=8000
- --served-model-name={{ $model.servedName }}
- --max-model-len={{ $pool.window | int64 }}
{{- include "ropeway.ropeArgs" $pool }}
{{- if gt (int $pool.tensorParallelSize) 1 }}
- --tensor-parallel-size={{ $pool.tensorParallelSize | int64 }}
{{- end }}
{{- if and $root.Values.modelOptions.revision (eq $pool.weights.source "hub") }}
- --revision={{ $root.Values.modelOptions.revision }}
{{- end }}
{{- with include "ropeway.reasoningParser" (list $root $engine) }}
{{- if semverCompare "<0.9.0-0" $engine.version }}
- --enable-reasoning
{{- end }}
- --reasoning-parser={{ . }}
{{- end }}
{{- with $engine.toolCallParser }}
- --enable-auto-tool-choice
- --tool-call-parser={{ . }}
{{- end }}
{{- if $engine.promptTokensDetails }}
- --enable-prompt-tokens-details
{{- end }}
{{- with $engine.gpuMemoryUtilization }}
- --gpu-memory-utilization={{ . }}
{{- end }}
{{- with $engine.kvCacheDtype }}
- --kv-cache-dtype={{ . }}
{{- end }}
{{- with $engine.maxNumSeqs }}
- --max-num-seqs={{ . | int64 }}
{{- end }}
{{- if semverCompare ">=0.18.0-0" $engine.version }}
- --shutdown-timeout={{ $pool.drain.timeoutSeconds | int64 }}
{{- end }}
{{- range $engine.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Command and arguments of the simulator. Takes (list root pool). */}}
{{- define "ropeway.simCommand" -}}
{{- $root := index . 0 -}}
{{- $pool := index . 1 -}}
{{- $model := include "ropeway.model" $root | fromJson -}}
command: [node, dist/apps/vllm-sim/src/main.js]
args:
- --host=0.0.0.0
- --port=8000
- --served-name={{ $model.servedName }}
- --window={{ $pool.window | int64 }}
{{- if eq $pool.rope.type "yarn" }}
- --rope
- {{ printf `{"rope_type":"yarn","factor":%s}` (include "ropeway.float" $pool.rope.factor) | squote }}
{{- end }}
{{- with include "ropeway.reasoningParser" (list $root $pool.engine) }}
- --reasoning-parser={{ . }}
{{- end }}
- --sim-version={{ $pool.engine.version }}
- --shutdown-timeout-ms={{ mul $pool.drain.timeoutSeconds 1000 }}
- --kv-tokens={{ $pool.engine.sim.kvTokens | int64 }}
- --prefill-tokens-per-s={{ $pool.engine.sim.prefillTokensPerSecond | int64 }}
- --step-ms={{ $pool.engine.sim.stepMs | int64 }}
- --startup-delay-ms={{ $pool.engine.sim.startupDelayMs | int64 }}
{{- range $pool.engine.extraArgs }}
- {{ . | quote }}
{{- end }}
{{- end -}}

{{- define "ropeway.workerImage" -}}
{{- $root := index . 0 -}}
{{- $pool := index . 1 -}}
{{- if eq $pool.engine.kind "sim" -}}{{ include "ropeway.image" $root }}
{{- else -}}{{ include "ropeway.imageOf" (dict "image" $pool.engine.image "tag" (printf "v%s" $pool.engine.version)) }}
{{- end -}}
{{- end -}}

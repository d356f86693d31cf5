{{/* Parts of a worker's pod. Each takes (list root pool). */}}

{{- define "ropeway.workerScheduling" -}}
{{- $root := index . 0 -}}{{- $pool := index . 1 -}}
{{- with $root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pool.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pool.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pool.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $pool.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with $pool.schedulerName }}
schedulerName: {{ . }}
{{- end }}
{{- end -}}

{{- define "ropeway.workerSpread" -}}
{{- $root := index . 0 -}}{{- $pool := index . 1 -}}
topologySpreadConstraints:
{{- if $pool.topologySpreadConstraints }}
{{- toYaml $pool.topologySpreadConstraints | nindent 2 }}
{{- else }}
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "ropeway.poolSelector" . | nindent 8 }}
{{- end }}
{{- end -}}

{{/* Requests and limits with the GPUs in both, as Kubernetes wants it. */}}
{{- define "ropeway.workerResources" -}}
{{- $pool := index . 1 -}}
{{- $resources := deepCopy $pool.resources -}}
{{- $requests := $resources.requests | default dict -}}
{{- $limits := $resources.limits | default dict -}}
{{- if gt (int $pool.gpus) 0 -}}
{{- $gpus := toString (int $pool.gpus) -}}
{{- $requests = set $requests $pool.gpuResource $gpus -}}
{{- $limits = set $limits $pool.gpuResource $gpus -}}
{{- end -}}
{{- if $requests }}
requests: {{- toYaml $requests | nindent 2 }}
{{- end }}
{{- if $limits }}
limits: {{- toYaml $limits | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "ropeway.workerEnv" -}}
{{- $root := index . 0 -}}{{- $pool := index . 1 -}}
{{- if eq $pool.engine.kind "vllm" }}
- { name: HOME, value: /tmp }
- { name: HF_HOME, value: /cache/huggingface }
- { name: VLLM_CACHE_ROOT, value: /cache/vllm }
- { name: TRITON_CACHE_DIR, value: /cache/triton }
- { name: TORCHINDUCTOR_CACHE_DIR, value: /cache/inductor }
- { name: PYTHONHASHSEED, value: {{ $pool.engine.hashSeed | quote }} }
- { name: VLLM_NO_USAGE_STATS, value: "1" }
- { name: DO_NOT_TRACK, value: "1" }
- { name: VLLM_ENGINE_READY_TIMEOUT_S, value: {{ $pool.probes.startupSeconds | int64 | toString | quote }} }
{{- if ne $pool.weights.source "hub" }}
- { name: HF_HUB_OFFLINE, value: "1" }
{{- else }}
{{- with $pool.weights.hub.endpoint }}
- { name: HF_ENDPOINT, value: {{ . | quote }} }
{{- end }}
{{- if $pool.weights.hub.tokenSecret.name }}
- { name: HF_TOKEN, valueFrom: { secretKeyRef: { name: {{ $pool.weights.hub.tokenSecret.name }}, key: {{ $pool.weights.hub.tokenSecret.key }} } } }
{{- end }}
{{- end }}
{{- if $pool.apiKeySecret.name }}
- { name: VLLM_API_KEY, valueFrom: { secretKeyRef: { name: {{ $pool.apiKeySecret.name }}, key: {{ $pool.apiKeySecret.key }} } } }
{{- end }}
{{- end }}
{{- with $pool.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "ropeway.workerMounts" -}}
{{- $pool := index . 1 -}}
- { name: tmp, mountPath: /tmp }
{{- if eq $pool.engine.kind "vllm" }}
- { name: shm, mountPath: /dev/shm }
- { name: cache, mountPath: /cache }
{{- if ne $pool.weights.source "hub" }}
- { name: weights, mountPath: /models, readOnly: true }
{{- end }}
{{- end }}
{{- end -}}

{{- define "ropeway.workerVolumes" -}}
{{- $pool := index . 1 -}}
- name: tmp
  emptyDir: {}
{{- if eq $pool.engine.kind "vllm" }}
- name: shm # the processes of tensor parallelism talk through it; it counts as memory
  emptyDir: { medium: Memory, sizeLimit: {{ $pool.shmSize }} }
- name: cache
  {{- if eq $pool.cache.type "pvc" }}
  persistentVolumeClaim: { claimName: {{ $pool.cache.claimName }} }
  {{- else if eq $pool.cache.type "hostPath" }}
  hostPath: { path: {{ $pool.cache.hostPath }}, type: DirectoryOrCreate }
  {{- else }}
  emptyDir: { sizeLimit: {{ $pool.cache.sizeLimit }} }
  {{- end }}
{{- if eq $pool.weights.source "pvc" }}
- name: weights
  persistentVolumeClaim: { claimName: {{ $pool.weights.pvc.claimName }}, readOnly: true }
{{- else if eq $pool.weights.source "image" }}
- name: weights
  image: { reference: {{ $pool.weights.image.reference | quote }}, pullPolicy: {{ $pool.weights.image.pullPolicy }} }
{{- else if eq $pool.weights.source "hostPath" }}
- name: weights
  hostPath: { path: {{ $pool.weights.hostPath.path }}, type: Directory }
{{- end }}
{{- end }}
{{- end -}}

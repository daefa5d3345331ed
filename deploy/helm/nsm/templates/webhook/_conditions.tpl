{{/* SPDX-License-Identifier: Apache-2.0 */}}

{{/* CEL: whether the metadata of that object has one of the annotations. Each step is asked for, since what is missing would be
   an error, and so a refusal. Takes the path of an object that is there, and names from there to the metadata's. */}}
{{- define "nsm.webhook.isAnnotated" -}}
{{- $path := index . 0 -}}
{{- $steps := list -}}
{{- range concat (index . 1) (list "metadata" "annotations") -}}
{{- $path = printf "%s.%s" $path . -}}
{{- $steps = append $steps (printf "has(%s)" $path) -}}
{{- end -}}
({{ join " && " $steps }} && ('ns.networkservicemesh.io' in {{ $path }} || 'networkservicemesh.io' in {{ $path }}))
{{- end }}

{{/* What each entry of the configuration has: (list . NAME CONDITION). */}}
{{- define "nsm.webhook.entry" -}}
{{- $root := index . 0 -}}
name: {{ index . 1 }}.webhook.networkservicemesh.io
clientConfig:
  service:
    name: nsm-webhook
    namespace: {{ $root.Release.Namespace }}
    path: /mutate
admissionReviewVersions: [v1]
sideEffects: None
reinvocationPolicy: IfNeeded
matchPolicy: Equivalent
timeoutSeconds: {{ $root.Values.webhook.timeoutSeconds }}
{{- if semverCompare ">=1.28-0" $root.Capabilities.KubeVersion.Version }}
# Only what is annotated comes here, so nobody else waits for it, whatever becomes of it.
failurePolicy: {{ $root.Values.webhook.failurePolicy }}
matchConditions:
  - name: annotated
    expression: {{ index . 2 | quote }}
{{- else }}
# Everything comes here, since this API server knows no conditions: it must not wait for what may be away.
failurePolicy: Ignore
{{- end }}
namespaceSelector:
  matchExpressions:
    - key: kubernetes.io/metadata.name
      operator: NotIn
      values:
        {{- range concat (list "kube-system" $root.Release.Namespace) $root.Values.webhook.excludedNamespaces | uniq }}
        - {{ . }}
        {{- end }}
{{- end }}

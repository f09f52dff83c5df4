package handlers

import "sync"

// A mutexMap is a small map that many may use. Its keys are ids of companies
// that exist, so it is bounded.
type mutexMap[V any] struct {
	mu sync.Mutex
	m  map[string]V
}

func (m *mutexMap[V]) get(key string) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	v, ok := m.m[key]
	return v, ok
}

func (m *mutexMap[V]) put(key string, v V) { m.change(key, func(V) V { return v }) }

func (m *mutexMap[V]) change(key string, f func(V) V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.m == nil {
		m.m = map[string]V{}
	}
	m.m[key] = f(m.m[key])
}

func (m *mutexMap[V]) drop(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.m, key)
}

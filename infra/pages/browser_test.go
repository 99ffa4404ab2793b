package pages

import (
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
)

// browser is one browser for all tests; each opens a window of its own.
var browser = sync.OnceValues(func() (context.Context, error) {
	program, err := find()
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("force-color-profile", "srgb"),
		chromedp.Flag("disable-features", "Translate,BackForwardCache"), // a page that comes back from that cache is lost to whoever drives it
		chromedp.WSURLReadTimeout(time.Minute))
	allocator, _ := chromedp.NewExecAllocator(context.Background(), options...) // ends with this process
	first, _ := chromedp.NewContext(allocator)
	return first, chromedp.Run(first)
})

// find is the browser that MART_BROWSER names, or one that is installed.
func find() (string, error) {
	if named := os.Getenv("MART_BROWSER"); named != "" {
		return named, nil
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "chrome"} {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	return "", exec.ErrNotFound
}

// patience is how long a page may take, no measure of anything.
const patience = time.Minute

// window is a window of the browser that notes what goes wrong in it.
type window struct {
	ctx context.Context

	mu       sync.Mutex
	faults   []string
	expected []string
}

// screen is what somebody looks at pages with.
type screen struct {
	name   string
	width  int64
	height int64
	dark   bool
}

// open opens a window of that size, in which nothing is left of windows before it. A page in it may ask only these origins. No test here has others beside it: a browser draws only the window in
// front, and what waits to be drawn in another waits in vain.
func open(t *testing.T, s screen, origins ...string) *window {
	t.Helper()
	parent, err := browser()
	if err != nil {
		if os.Getenv("MART_BROWSER") != "" {
			t.Fatal(err)
		}
		t.Skipf("no browser: install Chromium, or name one in MART_BROWSER (%v)", err)
	}
	ctx, cancel := chromedp.NewContext(parent)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, patience)
	t.Cleanup(cancel)
	w := &window{ctx: ctx}
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *log.EventEntryAdded:
			if e.Entry.Level == log.LevelError {
				w.fault("the browser logs: %s %s", e.Entry.Text, e.Entry.URL)
			}
		case *runtime.EventExceptionThrown:
			w.fault("a script fails: %s", e.ExceptionDetails.Error())
		case *network.EventRequestWillBeSent:
			if to, err := url.Parse(e.Request.URL); err != nil || to.Host != "" && !slices.Contains(origins, "http://"+to.Host) {
				w.fault("the page asks somebody else: %.100s", e.Request.URL)
			}
		}
	})
	scheme := "light"
	if s.dark {
		scheme = "dark"
	}
	w.do(t, page.BringToFront(), network.Enable(), log.Enable(), runtime.Enable(), chromedp.EmulateViewport(s.width, s.height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}))
	for _, origin := range origins {
		w.do(t, storage.ClearDataForOrigin(origin, "local_storage"))
	}
	return w
}

// expect says that the browser will log this, because the test has the mart refuse something.
func (w *window) expect(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.expected = append(w.expected, text)
}

func (w *window) fault(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if slices.ContainsFunc(w.expected, func(text string) bool { return strings.Contains(fmt.Sprintf(format, args...), text) }) {
		return
	}
	w.faults = append(w.faults, fmt.Sprintf(format, args...))
}

func (w *window) do(t *testing.T, actions ...chromedp.Action) {
	t.Helper()
	if err := chromedp.Run(w.ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// travels goes back or forward in the browser's history, once the page has answered: one that is left in the middle of an answer gives none. It ends on another page.
func travels(steps int) chromedp.Action {
	var left bool
	return chromedp.Tasks{
		chromedp.Evaluate(fmt.Sprintf(`window.here = true; addEventListener("popstate", () => { window.here = false }, { once: true }); setTimeout(() => history.go(%d)); true`, steps), nil),
		becomes(`!window.here`, &left, func() bool { return left }),
	}
}

// becomes asks pages for what they say until that is as it should be, whichever page there is meanwhile: one that is just left gives no answer.
func becomes[T any](expression string, said *T, is func() bool) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		for {
			err := chromedp.Evaluate(expression, said).Do(ctx)
			if err == nil && is() {
				return nil
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s: %v, %w", expression, *said, errors.Join(ctx.Err(), err))
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
}

// axe is axe-core, which looks for what keeps people out: https://github.com/dequelabs/axe-core.
var axe = sync.OnceValues(func() (string, error) {
	packed, err := os.Open("testdata/axe.min.js.gz")
	if err != nil {
		return "", err
	}
	unpacked, err := gzip.NewReader(packed)
	if err != nil {
		return "", err
	}
	script, err := io.ReadAll(unpacked)
	return string(script), cmp.Or(err, packed.Close())
})

// inspect says what is wrong with the page that is open: what axe-core finds, what is wider than the screen, what went wrong until now. It
// leaves a picture in the folder MART_PICTURES when there is one.
func (w *window) inspect(t *testing.T, name string) {
	t.Helper()
	script, err := axe()
	if err != nil {
		t.Fatal(err)
	}
	var found []struct {
		ID    string `json:"id"`
		Help  string `json:"help"`
		Nodes []struct {
			HTML string `json:"html"`
		} `json:"nodes"`
	}
	var tooWide []string
	var picture []byte
	w.do(t,
		chromedp.Evaluate(script, nil),
		chromedp.Evaluate(`axe.run().then(r => r.violations)`, &found, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }),
		chromedp.Evaluate(`[...document.querySelectorAll('body *')].filter(e => document.documentElement.scrollWidth > innerWidth && e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3).map(e => e.outerHTML.slice(0, 120))`, &tooWide),
		chromedp.CaptureScreenshot(&picture),
	)
	for _, f := range found {
		for _, n := range f.Nodes[:min(3, len(f.Nodes))] {
			t.Errorf("%s: %s (%s): %.200s", name, f.Help, f.ID, n.HTML)
		}
	}
	for _, e := range tooWide {
		t.Errorf("%s is wider than the screen: %s", name, e)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		t.Errorf("%s: %s", name, f)
	}
	if folder := os.Getenv("MART_PICTURES"); folder != "" {
		if err := os.WriteFile(filepath.Join(folder, strings.NewReplacer(" ", "-", "/", "-").Replace(name)+".png"), picture, 0o600); err != nil {
			t.Error(err)
		}
	}
}

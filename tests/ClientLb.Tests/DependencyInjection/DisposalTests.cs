using System.Collections.Concurrent;
using System.Net;
using ClientLb.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Tests.DependencyInjection;

/// <summary>Whatever becomes of a call, each answer of an endpoint is disposed once: by the caller who has it, or by the balancer in its place.</summary>
public class DisposalTests
{
    private static readonly (string, string?)[] Settings =
    [
        ("ClientLb:Clusters:orders:Endpoints", "10.0.0.1:80, 10.0.0.2:80, 10.0.0.3:80"), ("ClientLb:Clusters:orders:Policy", "round_robin"),
        ("ClientLb:Clients:orders:Retry:BaseDelay", "00:00:00"), ("ClientLb:Clients:orders:Retry:MaxDelay", "00:00:00"),
    ];

    [Theory]
    [InlineData("200")]
    [InlineData("500 200")]
    [InlineData("500 500 200")]
    [InlineData("500 500 500")]
    [InlineData("429 200")]
    [InlineData("error 200")]
    [InlineData("error 500 error")]
    [InlineData("302 200")]
    [InlineData("302 500 200")]
    public async Task Each_answer_is_disposed_once(string script)
    {
        foreach (var isBuffered in new[] { false, true })
        {
            await using var scene = new Scene(script, ("ClientLb:Clients:orders:BufferResponses:Enabled", isBuffered ? "true" : "false"));
            try
            {
                using var response = await scene.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead);
                await response.Content.ReadAsStringAsync();
            }
            catch (HttpRequestException)
            {
                // What the last attempt was.
            }

            scene.AssertDisposedOnce();
        }
    }

    [Fact]
    public async Task Answer_that_comes_after_another_one_has_won_is_disposed_once()
    {
        await using var scene = new Scene("late 200", ("ClientLb:Clients:orders:Hedging:Delay", "00:00:00.001"));
        using (var response = await scene.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead))
        {
            await response.Content.ReadAsStringAsync();
        }

        scene.LetLateOnesAnswer();
        await scene.AllAnsweredAsync();
        scene.AssertDisposedOnce();
    }

    [Fact]
    public async Task Answer_of_an_attempt_that_the_caller_gives_up_is_disposed_once()
    {
        await using var scene = new Scene("500 late", ("ClientLb:Clients:orders:Retry:MaxAttempts", "2"));
        using var stop = new CancellationTokenSource();
        var call = scene.Client.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, stop.Token);
        await scene.LateOneIsAskedAsync();
        await stop.CancelAsync();
        scene.LetLateOnesAnswer();

        await Record.ExceptionAsync(async () => (await call).Dispose());
        await scene.AllAnsweredAsync();
        scene.AssertDisposedOnce();
    }

    /// <summary>Endpoints that answer by a script, word by word, and what became of their answers.</summary>
    private sealed class Scene : IAsyncDisposable
    {
        private readonly ConcurrentQueue<string> _script;
        private readonly ConcurrentBag<CountedContent> _contents = [];
        private readonly TaskCompletionSource _late = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly App _app;
        private int _running;

        public Scene(string script, params (string, string?)[] settings)
        {
            _script = new(script.Split(' '));
            _app = new App(static services => services.AddLoadBalancedHttpClient("orders"), [.. Settings, .. settings]);
            _app.Services.GetRequiredService<LoadBalancedClients>().HandlerFactory = _ => new Handler(this);
        }

        public HttpClient Client => _app.Client("orders");

        public void LetLateOnesAnswer() => _late.TrySetResult();

        public Task LateOneIsAskedAsync() => _asked.Task.WaitAsync(TimeSpan.FromSeconds(20));

        public async Task AllAnsweredAsync()
        {
            for (var i = 0; i < 2000 && (Volatile.Read(ref _running) > 0 || _contents.Any(static content => content.Disposals == 0)); i++)
            {
                await Task.Delay(10);
            }
        }

        public void AssertDisposedOnce()
        {
            Assert.Equal(0, Volatile.Read(ref _running));
            Assert.NotEmpty(_contents);
            Assert.All(_contents, static content => Assert.Equal(1, content.Disposals));
            Assert.All(_app.Clusters.Get("orders").Snapshot.Endpoints, static endpoint => Assert.Equal(0, endpoint.Load.InFlight));
        }

        public ValueTask DisposeAsync() => _app.DisposeAsync();

        private sealed class Handler(Scene scene) : HttpMessageHandler
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                Interlocked.Increment(ref scene._running);
                try
                {
                    var word = scene._script.TryDequeue(out var next) ? next : "200";
                    if (word == "error")
                    {
                        throw new HttpRequestException(HttpRequestError.ResponseEnded);
                    }

                    if (word == "late")
                    {
                        // Deaf to its token, as a handler may be.
                        scene._asked.TrySetResult();
                        await scene._late.Task;
                    }

                    var content = new CountedContent();
                    scene._contents.Add(content);
                    var response = new HttpResponseMessage(word == "late" ? HttpStatusCode.OK : (HttpStatusCode)int.Parse(word)) { Content = content, RequestMessage = request };
                    response.Headers.Location = word == "302" ? new Uri("/there", UriKind.Relative) : null;
                    return response;
                }
                finally
                {
                    Interlocked.Decrement(ref scene._running);
                }
            }
        }

        private sealed class CountedContent : ByteArrayContent
        {
            private int _disposals;

            public CountedContent()
                : base(new byte[100])
            {
            }

            public int Disposals => Volatile.Read(ref _disposals);

            protected override void Dispose(bool disposing)
            {
                Interlocked.Increment(ref _disposals);
                base.Dispose(disposing);
            }
        }
    }
}

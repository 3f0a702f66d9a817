using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClientLb.Endpoints;
using ClientLb.Http;
using ClientLb.IntegrationTests.Infrastructure;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ClientLb.IntegrationTests.Http;

/// <summary>Connections that are opened before the first call. What counts as one, the server says: over TLS after its handshake.</summary>
public class PreconnectTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(HttpProtocols.Http1, true, 3)]
    [InlineData(HttpProtocols.Http1, false, 3)]
    [InlineData(HttpProtocols.Http2, true, 1)]
    [InlineData(HttpProtocols.Http2, false, 1)]
    public async Task Endpoint_that_comes_has_its_connections_before_a_call_and_the_first_calls_use_them(HttpProtocols protocol, bool tls, int expected)
    {
        using var certificate = tls ? Certificate("ahead") : null;
        await using var backends = await BackendGroup.StartAsync(2, protocol, certificate);
        var source = new GrowingSource();
        await using var app = App(source, certificate);
        source.Push(BalancedApp.Descriptor(backends[0]));
        await CallAsync(app, protocol, tls);
        var (known, newcomer) = (backends[0], backends[1]);
        Assert.Equal(1, known.Connections);

        // Held back until all of them stand, so whoever sees it eligible must see them.
        source.Push(BalancedApp.Descriptor(known), BalancedApp.Descriptor(newcomer));
        await UntilAsync(() => app.Cluster.Snapshot.Eligible.Count == 2, "the newcomer is eligible");
        await UntilAsync(() => newcomer.Connections >= expected, "the server has seen the connections");
        Assert.Equal((expected, 0), (newcomer.OpenConnections, newcomer.Count));
        Assert.Equal(0, app.InFlight);

        app.Cluster.Isolate(known.Authority, "all calls to the newcomer");
        await UntilAsync(() => app.Cluster.Snapshot.Eligible.Count == 1, "one is left");
        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => CallAsync(app, protocol, tls, "/delay/200")));

        Assert.Equal((expected, 3), (newcomer.Connections, newcomer.Count));
    }

    [Fact]
    public async Task Endpoint_that_had_drained_comes_back_with_connections()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        var source = new GrowingSource();
        await using var app = App(source, null);
        source.Push([.. backends.Select(BalancedApp.Descriptor)]);
        for (var i = 0; i < 4; i++)
        {
            await CallAsync(app, HttpProtocols.Http1, tls: false);
        }

        var backend = backends[0];
        app.Cluster.Drain(backend.Authority, "a new disk");
        await UntilAsync(() => app.Cluster.Snapshot.Eligible.Count == 1 && backend.OpenConnections == 0, "it has drained");
        var requests = backend.Count;
        app.Cluster.Restore(backend.Authority, "the disk is there");
        await UntilAsync(() => app.Cluster.Snapshot.Eligible.Count == 2, "it is back");
        await UntilAsync(() => backend.OpenConnections == 3, "its connections are there");

        Assert.Equal(requests, backend.Count);
    }

    [Fact]
    public async Task Endpoint_that_nobody_reaches_is_not_held_for_ever()
    {
        await using var backends = await BackendGroup.StartAsync(1);
        var source = new GrowingSource();
        await using var app = App(source, null);
        source.Push(BalancedApp.Descriptor(backends[0]));
        await CallAsync(app, HttpProtocols.Http1, tls: false);

        source.Push(BalancedApp.Descriptor(backends[0]), new EndpointDescriptor(LoopbackAddress.Next(), 1));
        await UntilAsync(() => app.Cluster.Snapshot.Endpoints is { Count: 2 } all && all.All(static e => !e.Health.IsHeld), "nobody is held");
        await UntilAsync(() => app.Cluster.Snapshot.Eligible.Count == 2, "its health has to judge it");
        Assert.Equal(0, app.InFlight);
    }

    [Fact]
    public async Task More_connections_than_the_client_may_have_the_newcomer_has_those_it_may_and_is_not_held()
    {
        await using var backends = await BackendGroup.StartAsync(2);
        var source = new GrowingSource();

        // Held for ones that never come it would be so until connects are given up, a minute and more.
        await using var app = App(source, null, static o =>
        {
            o.MaxConnectionsPerEndpoint = 2;
            o.Timeouts.Connect = o.Timeouts.Attempt = o.Timeouts.Call = TimeSpan.FromMinutes(2);
        });
        source.Push(BalancedApp.Descriptor(backends[0]));
        await CallAsync(app, HttpProtocols.Http1, tls: false);

        source.Push([.. backends.Select(BalancedApp.Descriptor)]);
        await UntilAsync(() => app.Cluster.Snapshot.Eligible.Count == 2, "the newcomer is eligible");

        await UntilAsync(() => backends[1].Connections == 2, "the server has seen its connections");
    }

    [Fact]
    public async Task Preconnecting_leaves_no_span_with_a_sampler_that_follows_the_parent()
    {
        var spans = 0;
        using var listener = new ActivityListener
        {
            ShouldListenTo = static s => s.Name == "System.Net.Http",
            Sample = static (ref ActivityCreationOptions<ActivityContext> o) =>
                o.Parent == default || (o.Parent.TraceFlags & ActivityTraceFlags.Recorded) != 0 ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span =>
            {
                if ((span.GetTagItem("server.address") as string) == "ahead" && (string?)span.GetTagItem("http.request.method") == "HEAD")
                {
                    Interlocked.Increment(ref spans);
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var backends = await BackendGroup.StartAsync(2);
        var source = new GrowingSource();
        await using var app = App(source, null);
        source.Push(BalancedApp.Descriptor(backends[0]));
        await CallAsync(app, HttpProtocols.Http1, tls: false);
        source.Push([.. backends.Select(BalancedApp.Descriptor)]);
        await UntilAsync(() => backends[1].Connections == 3, "connections stand");

        Assert.Equal(0, spans);
    }

    private static BalancedApp App(GrowingSource source, X509Certificate2? certificate, Action<LoadBalancedClientOptions>? configure = null) => BalancedApp.To("ahead", [], o =>
    {
        o.Preconnect = 3;
        o.Timeouts.Connect = TimeSpan.FromSeconds(10);
        configure?.Invoke(o);
        if (certificate is not null)
        {
            o.ConfigureConnections = handler => handler.SslOptions.CertificateChainPolicy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                CustomTrustStore = { certificate },
                RevocationMode = X509RevocationMode.NoCheck,
            };
        }
    },
    o => o.Source = source);

    private static async Task CallAsync(BalancedApp app, HttpProtocols protocol, bool tls, string path = "/")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{(tls ? "https" : "http")}://ahead{path}")
        {
            Version = protocol == HttpProtocols.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = protocol == HttpProtocols.Http2 && !tls ? HttpVersionPolicy.RequestVersionExact : HttpVersionPolicy.RequestVersionOrLower,
        };
        using var response = await app.Client.SendAsync(request);
        response.EnsureSuccessStatusCode();
    }

    private static Task<TimeSpan> UntilAsync(Func<bool> condition, string what) => Eventually.IsTrueAsync(() => Task.FromResult(condition()), s_patience, what);

    private static X509Certificate2 Certificate(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}

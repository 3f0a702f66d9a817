using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClientLb.Clusters;
using ClientLb.Endpoints;
using ClientLb.Health;
using ClientLb.Health.Checks;
using ClientLb.IntegrationTests.Infrastructure;

namespace ClientLb.IntegrationTests.Health;

/// <summary>HTTP and TCP checks of real servers.</summary>
public class HttpCheckTests
{
    [Fact]
    public async Task Verdict_follows_the_page_and_calls_follow_the_verdict()
    {
        await using var one = await HealthPage.StartAsync();
        await using var other = await HealthPage.StartAsync();
        await using var app = CheckedApp.To([one.Descriptor, other.Descriptor], static check => check.Type = HealthCheckType.Http);
        await app.SaysAsync(one.Descriptor, CheckState.Passing);
        await app.SaysAsync(other.Descriptor, CheckState.Passing);

        one.Status = 503;
        var failing = await app.SaysAsync(one.Descriptor, CheckState.Failing);
        Assert.StartsWith($"GET /health at {one.Descriptor.Id} answered 503 three times in a row", failing.Reason, StringComparison.Ordinal);
        (one.Status, one.Body) = (200, "Degraded");
        await app.SaysAsync(one.Descriptor, CheckState.Degraded);
        one.Body = "Healthy";
        await app.SaysAsync(one.Descriptor, CheckState.Passing);

        Assert.All(one.Seen, static request => Assert.Equal(("GET /health", "checked"), (request.Line, request.Host)));
        Assert.Equal(one.Seen.Count, one.Seen.Select(static request => request.Connection).Distinct().Count());
    }

    [Fact]
    public async Task Part_of_a_cluster_is_checked_under_the_name_of_the_whole_one()
    {
        await using var page = await HealthPage.StartAsync();
        await using var app = CheckedApp.To(
            [page.Descriptor with { Metadata = EndpointMetadata.From([new("version", "v2")]) }], static check => check.Type = HealthCheckType.Http);
        var part = app.Clusters.Get("checked", new ClusterSelection { Subset = new("version", "v2") });
        Assert.Equal("checked?subset=version:v2", part.Name);

        await part.ResolvedAsync(CancellationToken.None);
        await Eventually.IsTrueAsync(() => Task.FromResult(part.Snapshot.Endpoints.Single().Health.Check.State == CheckState.Passing), TimeSpan.FromSeconds(60), "its check passes");

        Assert.All(page.Seen, static request => Assert.Equal("checked", request.Host));
    }

    [Fact]
    public async Task Refused_connection_is_hard_evidence()
    {
        await using var page = await HealthPage.StartAsync();
        using var closed = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        closed.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        var refused = new EndpointDescriptor("127.0.0.1", ((IPEndPoint)closed.LocalEndPoint!).Port);
        await using var app = CheckedApp.To([page.Descriptor, refused], static check => check.Type = HealthCheckType.Http);

        var failing = await app.SaysAsync(refused, CheckState.Failing);

        Assert.Contains("was refused three times in a row", failing.Reason, StringComparison.Ordinal);
        await app.IsOutByAsync(refused, Evidence.Refused);
    }

    [Fact]
    public async Task Frozen_process_is_found_by_Http_and_not_by_Tcp()
    {
        await using var frozen = await BackendProcess.StartAsync();
        await using var page = await HealthPage.StartAsync();
        await using var http = CheckedApp.To([frozen.Descriptor, page.Descriptor], static check => (check.Type, check.Path) = (HealthCheckType.Http, "/"));
        await using var tcp = CheckedApp.To([frozen.Descriptor, page.Descriptor], static check => check.Type = HealthCheckType.Tcp);
        await http.SaysAsync(frozen.Descriptor, CheckState.Passing);

        frozen.Freeze();

        var failing = await http.SaysAsync(frozen.Descriptor, CheckState.Failing);
        Assert.Contains("got no answer in time", failing.Reason, StringComparison.Ordinal);

        // Its kernel accepts connections for it.
        Assert.Equal(CheckState.Passing, (await tcp.SaysAsync(frozen.Descriptor, CheckState.Passing)).State);
        frozen.Thaw();
        await http.SaysAsync(frozen.Descriptor, CheckState.Passing);
    }

    [Fact]
    public async Task Body_is_looked_into_however_it_is_sent()
    {
        await using var page = await HealthPage.StartAsync();
        page.Body = new string('x', 30_000) + "db: ok";
        await using var app = CheckedApp.To([page.Descriptor], static check => (check.Type, check.BodyContains, check.Path) = (HealthCheckType.Http, "db: ok", "/ready?deep=1"));

        await app.SaysAsync(page.Descriptor, CheckState.Passing);
        page.Body = "db: gone";
        var failing = await app.SaysAsync(page.Descriptor, CheckState.Failing);

        Assert.Contains("answered 200 without 'db: ok' in its body", failing.Reason, StringComparison.Ordinal);
        Assert.All(page.Seen, static request => Assert.Equal("GET /ready?deep=1", request.Line));
    }

    [Fact]
    public async Task Port_and_host_of_its_own_are_used()
    {
        await using var page = await HealthPage.StartAsync();
        var elsewhere = new EndpointDescriptor(page.Descriptor.Host, 1);
        await using var app = CheckedApp.To([elsewhere], check => (check.Type, check.Port, check.Host) = (HealthCheckType.Http, page.Descriptor.Port, "admin.local:81"));

        await app.SaysAsync(elsewhere, CheckState.Passing);

        Assert.All(page.Seen, static request => Assert.Equal("admin.local:81", request.Host));
    }

    [Fact]
    public async Task Over_TLS_the_name_is_the_clusters_and_a_certificate_that_is_not_trusted_is_hard_evidence()
    {
        using var certificate = Certificate("checked");
        await using var page = await HealthPage.StartAsync(certificate);
        await using var app = CheckedApp.To([page.Descriptor], static check => (check.Type, check.Tls) = (HealthCheckType.Http, true));

        var failing = await app.SaysAsync(page.Descriptor, CheckState.Failing);

        Assert.Contains("failed in the TLS handshake", failing.Reason, StringComparison.Ordinal);
        await app.IsOutByAsync(page.Descriptor, Evidence.TlsFailed);
        Assert.All(page.ServerNames, static name => Assert.Equal("checked", name));
        Assert.Empty(page.Seen);
    }

    [Fact]
    public async Task Over_TLS_a_trusted_server_is_asked_and_the_connection_closed()
    {
        using var certificate = Certificate("checked");
        await using var page = await HealthPage.StartAsync(certificate);
        page.Body = "Degraded";
        using var handler = ProbeHandler.Create();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString();
        using var invoker = new HttpMessageInvoker(handler);
        using var check = new HttpCheck(new HealthCheckOptions { Type = HealthCheckType.Http, Tls = true }, "checked", invoker);
        var endpoint = new Endpoint(page.Descriptor, MonotonicClock.System);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(CheckMark.Degraded, (await check.CheckAsync(endpoint, CancellationToken.None)).Mark);
        }

        Assert.Equal(3, page.Seen.Select(static request => request.Connection).Distinct().Count());
        Assert.All(page.Seen, static request => Assert.Equal(("GET /health", "checked"), (request.Line, request.Host)));
    }

    [Fact]
    public async Task Grpc_over_TLS_asks_by_the_name_of_the_cluster()
    {
        using var certificate = Certificate("checked");
        await using var page = await HealthPage.StartAsync(certificate);
        var handler = ProbeHandler.Create();
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == certificate.GetCertHashString();
        using var client = new GrpcHealthClient(page.Descriptor.Host, page.Descriptor.Port, isTls: true, "checked", "", handler);

        var answer = await client.CheckAsync(TimeSpan.FromSeconds(10), CancellationToken.None);

        // No gRPC there, but HTTP/2 over TLS.
        Assert.Equal("got an answer that is not gRPC", answer.ToFinding().Text);
        Assert.Equal(("POST /grpc.health.v1.Health/Check", "checked"), page.Seen.Select(static request => (request.Line, request.Host)).Single());
        Assert.Equal("checked", Assert.Single(page.ServerNames));
    }

    [Fact]
    public async Task Checks_leave_no_span_and_no_metric_of_HTTP()
    {
        using var certificate = Certificate("checked");
        await using var page = await HealthPage.StartAsync(certificate);
        var heard = new ConcurrentQueue<string>();
        using var spans = new ActivityListener
        {
            ShouldListenTo = static _ => true,
            Sample = static (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity => Note(activity.GetTagItem("server.address"), activity.OperationName),
        };
        ActivitySource.AddActivityListener(spans);
        using var metrics = new MeterListener { InstrumentPublished = static (instrument, l) => Listen(instrument, l) };
        metrics.SetMeasurementEventCallback<double>((instrument, _, tags, _) => NoteTags(instrument, tags));
        metrics.SetMeasurementEventCallback<long>((instrument, _, tags, _) => NoteTags(instrument, tags));
        metrics.Start();
        var endpoint = new Endpoint(page.Descriptor, MonotonicClock.System);
        using var check = new HttpCheck(new HealthCheckOptions { Type = HealthCheckType.Http, Tls = true }, "checked");
        using var grpc = new GrpcCheck(new HealthCheckOptions { Type = HealthCheckType.Grpc, Tls = true }, "checked");

        await Assert.ThrowsAsync<HttpRequestException>(async () => await check.CheckAsync(endpoint, CancellationToken.None));
        await Assert.ThrowsAsync<HttpRequestException>(async () => await grpc.CheckAsync(endpoint, CancellationToken.None));
        Assert.Empty(heard);

        // A client of the application's own is heard.
        using var client = new HttpClient();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync($"https://{page.Descriptor.Id}/"));
        Assert.Contains(heard, static name => name.StartsWith("http.client", StringComparison.Ordinal));
        Assert.Contains("System.Net.Http.HttpRequestOut", heard);

        static void Listen(Instrument instrument, MeterListener listener)
        {
            if (instrument.Meter.Name == "System.Net.Http")
            {
                listener.EnableMeasurementEvents(instrument);
            }
        }

        void NoteTags(Instrument instrument, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag.Key == "server.address")
                {
                    Note(tag.Value, instrument.Name);
                }
            }
        }

        void Note(object? address, string name)
        {
            if (Equals(address, page.Descriptor.Host))
            {
                heard.Enqueue(name);
            }
        }
    }

    private static X509Certificate2 Certificate(string name)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }
}

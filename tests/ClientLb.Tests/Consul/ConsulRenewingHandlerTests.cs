using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using ClientLb.Consul;
using ClientLb.Endpoints;
using ClientLb.Tests.Discovery;
using Microsoft.Extensions.Logging;

namespace ClientLb.Tests.Consul;

public sealed class ConsulRenewingHandlerTests : IDisposable
{
    private static readonly Uri s_uri = new("https://agent:8501/v1/health/service/web");

    private readonly string _folder = Directory.CreateTempSubdirectory("clientlb-").FullName;
    private readonly VirtualTime _time = new();
    private readonly ListLogger<ConsulRenewingHandler> _logger = new();
    private readonly List<Life> _lives = [];
    private readonly ConsulRenewingHandler _handler;
    private readonly HttpMessageInvoker _invoker;

    public ConsulRenewingHandlerTests()
    {
        Rotate();
        var options = new ConsulOptions { CaFile = File("ca.pem"), CertificateFile = File("client.pem"), KeyFile = File("client-key.pem") };
        _handler = new(options, Create, new MonotonicClock(_time), _logger);
        _invoker = new(_handler);
    }

    [Fact]
    public void Files_that_have_not_changed_change_nothing()
    {
        Look();
        WriteAgain("ca.pem");
        Look();

        Assert.Single(_lives);
        Assert.Empty(_logger.Entries);
    }

    [Fact]
    public async Task Changed_files_are_used_by_new_requests_and_held_ones_end_where_they_began()
    {
        var held = _invoker.SendAsync(new(HttpMethod.Get, s_uri), default);
        var first = await _lives[0].Consul.NextAsync();
        Rotate();
        Look();
        var next = _invoker.SendAsync(new(HttpMethod.Get, s_uri), default);
        (await _lives[1].Consul.NextAsync()).Answer(18, "[2]");
        Assert.False(_lives[0].IsDisposed);
        first.Answer(17, "[1]");
        var answer = await held;
        Assert.Equal("[1]", await answer.Content.ReadAsStringAsync());
        Assert.False(_lives[0].IsDisposed);
        answer.Dispose();
        (await next).Dispose();

        Assert.True(_lives[0].IsDisposed);
        Assert.False(_lives[1].IsDisposed);
        Assert.Contains("new requests", Assert.Single(_logger.Entries).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_that_fails_leaves_its_handler_too()
    {
        var held = _invoker.SendAsync(new(HttpMethod.Get, s_uri), default);
        var request = await _lives[0].Consul.NextAsync();
        Rotate();
        Look();
        request.Throw(new HttpRequestException());
        await Assert.ThrowsAsync<HttpRequestException>(() => held);

        Assert.True(_lives[0].IsDisposed);
    }

    [Theory]
    [InlineData("ca.pem")]
    [InlineData("client.pem")]
    [InlineData("client-key.pem")]
    public void Half_written_file_is_refused_once_and_taken_when_it_is_whole(string name)
    {
        var before = System.IO.File.ReadAllText(File(name));
        System.IO.File.WriteAllText(File(name), before[..(before.Length / 2)]);
        Look();
        Look();
        Assert.Single(_lives);
        Assert.Equal(LogLevel.Warning, Assert.Single(_logger.Entries).Level);
        Rotate();
        Look();

        Assert.Equal(2, _lives.Count);
        Assert.Equal(2, _logger.Entries.Count);
    }

    [Fact]
    public void Key_of_another_certificate_is_refused_until_it_fits()
    {
        var key = System.IO.File.ReadAllText(File("client-key.pem"));
        Rotate();
        var fitting = System.IO.File.ReadAllText(File("client-key.pem"));
        System.IO.File.WriteAllText(File("client-key.pem"), key);
        Look();
        Assert.Single(_lives);
        System.IO.File.WriteAllText(File("client-key.pem"), fitting);
        Look();

        Assert.Equal(2, _lives.Count);
    }

    [Fact]
    public void Missing_file_is_refused_and_the_old_certificates_stay()
    {
        System.IO.File.Delete(File("ca.pem"));
        Look();

        Assert.Single(_lives);
        Assert.False(_lives[0].IsDisposed);
        Assert.Equal(LogLevel.Warning, Assert.Single(_logger.Entries).Level);
    }

    [Fact]
    public void Files_are_looked_at_every_ten_seconds_or_when_it_is_urgent()
    {
        Rotate();
        _time.Advance(ConsulRenewingHandler.Interval - TimeSpan.FromTicks(1));
        _handler.Look(isUrgent: false);
        Assert.Single(_lives);
        _handler.Look(isUrgent: true);

        Assert.Equal(2, _lives.Count);
    }

    [Fact]
    public void Disposal_disposes_the_handler()
    {
        _invoker.Dispose();

        Assert.True(_lives[0].IsDisposed);
    }

    public void Dispose()
    {
        _invoker.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private void Look()
    {
        _time.Advance(ConsulRenewingHandler.Interval);
        _handler.Look(isUrgent: false);
    }

    private Life Create(ConsulPem pem)
    {
        Assert.NotNull(pem.LoadAuthorities());
        Assert.True(pem.LoadClient()!.HasPrivateKey);
        _lives.Add(new(new FakeConsul()));
        return _lives[^1];
    }

    private void WriteAgain(string name) => System.IO.File.WriteAllText(File(name), System.IO.File.ReadAllText(File(name)));

    private string File(string name) => Path.Combine(_folder, name);

    // As orchestrators do it: another folder, and the links lead there from now on.
    private void Rotate()
    {
        var folder = Directory.CreateDirectory(File(Guid.NewGuid().ToString("N"))).FullName;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=test", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        System.IO.File.WriteAllText(Path.Combine(folder, "ca.pem"), certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(Path.Combine(folder, "client.pem"), certificate.ExportCertificatePem());
        System.IO.File.WriteAllText(Path.Combine(folder, "client-key.pem"), key.ExportPkcs8PrivateKeyPem());
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            System.IO.File.Delete(File(Path.GetFileName(file)));
            System.IO.File.CreateSymbolicLink(File(Path.GetFileName(file)), file);
        }
    }

    private sealed class Life(FakeConsul consul) : DelegatingHandler(consul)
    {
        public FakeConsul Consul => consul;

        public bool IsDisposed { get; private set; }

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}

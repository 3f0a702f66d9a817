using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using ClientLb.Tests.Architecture;
using ClientLb.Tests.DependencyInjection;
using ClientLb.Tests.Discovery;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Shop;

namespace ClientLb.Tests.Examples;

/// <summary>The source that the docs show to those who write their own.</summary>
public sealed class FileEndpointSourceTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly string _folder = Directory.CreateTempSubdirectory("clientlb").FullName;
    private readonly ClientLb.Tests.Infrastructure.VirtualTime _time = new();
    private readonly RefreshSignal _refresh = new();

    [Fact]
    public void Page_shows_the_very_code_and_it_is_short()
    {
        var code = File.ReadAllText(Path.Combine(Repository.Root, "tests", "ClientLb.Tests", "Examples", "FileEndpointSource.cs")).ReplaceLineEndings("\n").Trim();
        var page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "sources.md")).ReplaceLineEndings("\n");

        Assert.Contains($"```csharp\n{code}\n```", page, StringComparison.Ordinal);
        Assert.InRange(code.Split('\n').Length, 1, 60);
    }

    [Fact]
    public async Task File_is_read_again_and_a_change_is_a_new_list()
    {
        Write("10.0.0.1:80", "", "orders.svc:80");
        var pause = NextPause();
        await using var reader = Watch();
        Assert.Equal(["10.0.0.1", "orders.svc"], (await reader.NextAsync()).Endpoints.Select(static e => e.Host));

        var due = await pause;
        pause = NextPause();
        _time.Advance(due);
        Assert.Equal(UpdateFreshness.Unchanged, (await reader.NextAsync()).Freshness);

        Write("10.0.0.2:80");
        due = await pause;
        pause = NextPause();
        _time.Advance(due);
        var changed = await reader.NextAsync();
        Assert.Equal(("10.0.0.2", UpdateFreshness.Fresh), (changed.Endpoints[0].Host, changed.Freshness));

        Write("10.0.0.3:80");
        await pause;
        _refresh.Signal();
        Assert.Equal("10.0.0.3", (await reader.NextAsync()).Endpoints[0].Host);
    }

    [Fact]
    public async Task Line_that_is_no_address_breaks_the_watch_with_its_text()
    {
        Write("10.0.0.1:80", "nonsense");
        await using var reader = Watch();

        Assert.Contains("'nonsense'", (await Assert.ThrowsAsync<FormatException>(reader.NextAsync)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Application_that_registers_it_finds_its_endpoints()
    {
        Write("10.0.0.1:80", "10.0.0.2:80");
        await using var app = new App(static services => services.AddClientLb().AddEndpointSource<FileEndpointSource>(),
            ("Shop:Endpoints", _folder), ("ClientLb:Clusters:orders:Sources", "file"));

        var snapshot = await app.Clusters.Get("orders").ResolvedAsync(default);

        Assert.Equal(["10.0.0.1:80", "10.0.0.2:80"], snapshot.Eligible.Select(static e => e.Authority));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<TimeSpan> NextPause() => _time.NextWaitAsync(static due => due == TimeSpan.FromSeconds(5)).WaitAsync(Patience);

    private void Write(params string[] lines) => File.WriteAllLines(Path.Combine(_folder, "orders.txt"), lines);

    private UpdateReader Watch()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Shop:Endpoints", (string?)_folder)]).Build();
        return new(token => new FileEndpointSource(configuration, _time).WatchAsync(new("orders"), _refresh, token));
    }
}

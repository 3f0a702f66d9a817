using System.Text;
using ClientLb.Clusters;
using ClientLb.Discovery;
using ClientLb.Endpoints;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace ClientLb.Grpc.Tests.GrpcNetClient;

/// <summary>An application with a cluster <c>orders</c> whose list the test pushes, and channels to it.</summary>
internal sealed class Rig : IAsyncDisposable
{
    private static readonly Marshaller<string> s_text = Marshallers.Create(Encoding.UTF8.GetBytes, Encoding.UTF8.GetString);

    public static readonly Method<string, string> Echo = new(MethodType.Unary, "test.Echo", "Get", s_text, s_text);

    public static readonly Method<string, string> Put = new(MethodType.Unary, "test.Echo", "Put", s_text, s_text);

    public static readonly Method<string, string> Chat = new(MethodType.DuplexStreaming, "test.Echo", "Stream", s_text, s_text);

    private readonly ServiceProvider _provider;
    private readonly PushedList _list = new();
    private readonly IConfigurationRoot _configuration;

    public Rig(Action<IServiceCollection>? configure = null, params (string Key, string? Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(_configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(static s => KeyValuePair.Create(s.Key, s.Value))
            .Append(new("ClientLb:Clients:orders:Grpc:IdempotentMethods", "/test.Echo/Get"))).Build());
        services.AddClientLbGrpc();
        services.AddClientLb().AddCluster("orders", o => o.Source = _list);
        configure?.Invoke(services);
        _provider = services.BuildServiceProvider();
    }

    public IServiceProvider Services => _provider;

    public Cluster Cluster => _provider.GetRequiredService<ClusterRegistry>().Get("orders");

    /// <summary>A setting is changed, as somebody would in a file.</summary>
    public void Set(string key, string value)
    {
        _configuration[key] = value;
        _configuration.Reload();
    }

    public GrpcChannel Channel(string address = "clientlb:///orders", Action<GrpcChannelOptions>? configure = null)
    {
        var options = new GrpcChannelOptions();
        configure?.Invoke(options);
        return GrpcChannel.ForAddress(address, options.UseClientLb(_provider));
    }

    public void List(params IEnumerable<EchoServer> servers) => _list.Push([.. servers.Select(static s => new EndpointDescriptor("127.0.0.1", s.Port) { Metadata = EndpointMetadata.From([new("port", s.Port.ToString()), new("group", "all")]) })]);

    public static async Task<string> CallAsync(GrpcChannel channel, Method<string, string>? method = null, CallOptions options = default)
    {
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(method ?? Echo, null, options, "hello");
        return await call.ResponseAsync;
    }

    public static async Task UntilAsync(Func<bool> isTrue, string what)
    {
        for (var i = 0; i < 400; i++)
        {
            if (isTrue())
            {
                return;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("Not within 20 s: " + what);
    }

    public static Task ConnectedAsync(GrpcChannel channel, Servers servers) =>
        UntilAsync(() => CallsAsync(channel, 5).Result == 0 && servers.All.All(static s => !s.Seen.IsEmpty), "each server is asked");

    /// <summary>How many of so many idempotent calls fail.</summary>
    public static async Task<int> CallsAsync(GrpcChannel channel, int count)
    {
        var failed = 0;
        for (var i = 0; i < count; i++)
        {
            failed += await CodeAsync(channel, Echo) == StatusCode.OK ? 0 : 1;
        }

        return failed;
    }

    public static async Task<StatusCode> CodeAsync(GrpcChannel channel, Method<string, string> method)
    {
        try
        {
            await CallAsync(channel, method);
            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }

    public ValueTask DisposeAsync() => _provider.DisposeAsync();

    private sealed class PushedList : IEndpointSource
    {
        private readonly System.Threading.Channels.Channel<EndpointDescriptor[]> _lists = System.Threading.Channels.Channel.CreateUnbounded<EndpointDescriptor[]>();

        public string Name => "pushed";

        public void Push(EndpointDescriptor[] list) => _lists.Writer.TryWrite(list);

        public async IAsyncEnumerable<EndpointUpdate> WatchAsync(
            EndpointQuery query, IRefreshSignal refresh, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var list in _lists.Reader.ReadAllAsync(cancellationToken))
            {
                yield return new EndpointUpdate(list, MonotonicClock.System.Now);
            }
        }
    }
}

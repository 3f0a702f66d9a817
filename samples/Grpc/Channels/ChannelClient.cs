using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;

namespace ClientLb.Samples.Grpc.Channels;

/// <summary>
/// A channel of grpc-dotnet, balanced by its cluster's own policy. A client that Grpc.Tools generates is made over it in the same way; with Grpc.Net.ClientFactory it is
/// <c>services.AddGrpcClient&lt;Orders.OrdersClient&gt;(o => o.Address = new("clientlb:///orders")).AddClientLb()</c>.
/// </summary>
internal sealed class ChannelClient(IServiceProvider services) : IOrders
{
    private static readonly Marshaller<StringValue> s_message = Marshallers.Create(static message => message.ToByteArray(), StringValue.Parser.ParseFrom);
    private static readonly Method<StringValue, StringValue> s_get = new(MethodType.Unary, "samples.Orders", "Get", s_message, s_message);

    private readonly GrpcChannel _channel = GrpcChannel.ForAddress("clientlb:///orders", new GrpcChannelOptions().UseClientLb(services));

    public async Task<(string Status, bool IsFailed)> GetAsync()
    {
        try
        {
            await _channel.CreateCallInvoker().AsyncUnaryCall(s_get, null, default, new StringValue { Value = "17" });
            return ("0", false);
        }
        catch (RpcException e)
        {
            return (((int)e.StatusCode).ToString(CultureInfo.InvariantCulture), true);
        }
    }

    public void Dispose() => _channel.Dispose();
}
